//! The projects of the corpus that are rendered, and the overlay that a team would write for each.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A project of the corpus and what a team would write to run it on Fargate. Lists are separated by blanks.
#[derive(Clone, Copy)]
pub(crate) struct Project {
    pub(crate) path: &'static str,
    /// Told apart in the name of the trial when a path occurs twice.
    variant: &'static str,
    built: &'static str,
    managed: &'static str,
    dropped: &'static str,
    secrets: &'static str,
    /// Lines below the top-level `x-ecs`.
    top: &'static [&'static str],
    /// Services and their lines.
    services: &'static [(&'static str, &'static str)],
    /// Files that a team has and a repository does not, with the file they are copied from.
    pub(crate) copies: &'static [(&'static str, &'static str)],
    /// Files that only a team has, and their content.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Codes of the errors; empty when it renders.
    pub(crate) refused: &'static str,
}

const fn project(path: &'static str) -> Project {
    Project {
        path,
        variant: "",
        built: "",
        managed: "",
        dropped: "",
        secrets: "",
        top: &[],
        services: &[],
        copies: &[],
        files: &[],
        refused: "",
    }
}

impl Project {
    const fn variant(self, variant: &'static str) -> Self {
        Self { variant, ..self }
    }

    /// Services that are built and get an image of ECR.
    const fn built(self, built: &'static str) -> Self {
        Self { built, ..self }
    }

    /// `service:port` that something managed takes the place of.
    const fn managed(self, managed: &'static str) -> Self {
        Self { managed, ..self }
    }

    /// Services that do not run on ECS.
    const fn dropped(self, dropped: &'static str) -> Self {
        Self { dropped, ..self }
    }

    /// Compose secrets that are parameters of Systems Manager.
    const fn secrets(self, secrets: &'static str) -> Self {
        Self { secrets, ..self }
    }

    const fn top(self, top: &'static [&'static str]) -> Self {
        Self { top, ..self }
    }

    const fn services(self, services: &'static [(&'static str, &'static str)]) -> Self {
        Self { services, ..self }
    }

    const fn copies(self, copies: &'static [(&'static str, &'static str)]) -> Self {
        Self { copies, ..self }
    }

    const fn files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }

    const fn refused(self, refused: &'static str) -> Self {
        Self { refused, ..self }
    }

    pub(crate) fn name(&self) -> String {
        let variant = if self.variant.is_empty() { "" } else { ", " };
        format!("{}{variant}{}", self.path, self.variant)
    }

    pub(crate) fn overlay(&self) -> String {
        let mut text = "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  roles: { execution: ecsTaskExecutionRole, task: app }\n".to_owned();
        for line in self.top {
            let _ = writeln!(text, "  {line}");
        }
        if !(self.managed.is_empty() && self.dropped.is_empty()) {
            text.push_str("  replace:\n");
        }
        for (name, port) in self.managed.split_whitespace().filter_map(|it| it.split_once(':')) {
            let _ = writeln!(text, "    {name}: {{ host: {name}.example.com, port: {port} }}");
        }
        for name in self.dropped.split_whitespace() {
            let _ = writeln!(text, "    {name}: drop");
        }
        let mut services: BTreeMap<&str, String> = BTreeMap::new();
        for name in self.built.split_whitespace() {
            let image = format!("    image: '{{{{ecr \"{name}\"}}}}:{{{{branch}}}}'\n");
            services.entry(name).or_default().push_str(&image);
        }
        for (name, line) in self.services {
            let _ = writeln!(services.entry(name).or_default(), "    {line}");
        }
        text.push_str(if services.is_empty() { "" } else { "services:\n" });
        for (name, lines) in services {
            let _ = write!(text, "  {name}:\n{lines}");
        }
        text.push_str(if self.secrets.is_empty() { "" } else { "secrets:\n" });
        for name in self.secrets.split_whitespace() {
            let _ = writeln!(text, "  {name}: {{ x-ecs: 'ssm:/app/{name}' }}");
        }
        text
    }
}

/// What is rendered, and what is refused.
pub(crate) const PROJECTS: &[Project] = &[
    project("laravel__sail/rendered-mariadb/docker-compose.yml")
        .built("laravel.test")
        .managed("mariadb:3306")
        .dropped("typesense")
        .copies(EXAMPLE),
    project("laravel__sail/rendered-mysql/docker-compose.yml")
        .built("laravel.test")
        .managed("mysql:3306 redis:6379")
        .dropped("mailpit selenium")
        .copies(EXAMPLE),
    project("laravel__sail/rendered-pgsql/docker-compose.yml")
        .built("laravel.test")
        .managed("pgsql:5432")
        .dropped("mailpit minio")
        .copies(EXAMPLE),
    project("docker__awesome-compose/angular/compose.yaml").built("web"),
    project("docker__awesome-compose/apache-php/compose.yaml").built("web"),
    project("docker__awesome-compose/aspnet-mssql/compose.yaml").built("web").managed("db:1433"),
    project("docker__awesome-compose/django/compose.yaml").built("web"),
    project("docker__awesome-compose/elasticsearch-logstash-kibana/compose.yaml"),
    project("docker__awesome-compose/fastapi/compose.yaml").built("api"),
    project("docker__awesome-compose/flask-redis/compose.yaml").built("web"),
    project("docker__awesome-compose/flask/compose.yaml").built("web"),
    project("docker__awesome-compose/gitea-postgres/compose.yaml").managed("db:5432"),
    project("docker__awesome-compose/minecraft/compose.yaml"),
    project("docker__awesome-compose/nextcloud-postgres/compose.yaml").managed("db:5432"),
    project("docker__awesome-compose/nextcloud-redis-mariadb/compose.yaml").managed("db:3306"),
    project("docker__awesome-compose/nginx-aspnet-mysql/compose.yaml")
        .built("backend proxy")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/nginx-flask-mongo/compose.yaml").built("backend"),
    project("docker__awesome-compose/nginx-flask-mysql/compose.yaml")
        .built("backend proxy")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/nginx-golang-mysql/compose.yaml")
        .built("backend")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/nginx-golang-postgres/compose.yaml")
        .built("backend")
        .managed("db:5432")
        .secrets("db-password"),
    project("docker__awesome-compose/nginx-golang/compose.yaml").built("backend"),
    project("docker__awesome-compose/nginx-nodejs-redis/compose.yaml")
        .built("nginx web1 web2")
        .managed("redis:6379")
        .top(&["tasks: { nginx: [nginx], web1: [web1], web2: [web2] }"]),
    project("docker__awesome-compose/nginx-wsgi-flask/compose.yaml").built("flask-app nginx-proxy"),
    project("docker__awesome-compose/pihole-cloudflared-DoH/compose.yaml"),
    project("docker__awesome-compose/plex/compose.yaml"),
    project("docker__awesome-compose/portainer/compose.yaml").refused("unsupported-key"),
    project("docker__awesome-compose/postgresql-pgadmin/compose.yaml").managed("postgres:5432"),
    project("docker__awesome-compose/prometheus-grafana/compose.yaml"),
    project("docker__awesome-compose/react-express-mongodb/compose.yaml")
        .built("backend frontend")
        .top(&["tasks: { frontend: [frontend], backend: [backend, mongo] }"]),
    project("docker__awesome-compose/react-express-mysql/compose.yaml")
        .built("backend frontend")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/react-java-mysql/compose.yaml")
        .built("backend frontend")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/react-nginx/compose.yaml").built("frontend"),
    project("docker__awesome-compose/react-rust-postgres/compose.yaml")
        .built("backend frontend")
        .managed("db:5432"),
    project("docker__awesome-compose/sparkjava-mysql/compose.yaml")
        .built("backend")
        .managed("db:3306")
        .secrets("db-password"),
    project("docker__awesome-compose/sparkjava/compose.yaml").built("sparkjava"),
    project("docker__awesome-compose/spring-postgres/compose.yaml")
        .built("backend")
        .managed("db:5432")
        .secrets("db-password"),
    project("docker__awesome-compose/traefik-golang/compose.yaml")
        .variant("whole")
        .built("backend")
        .refused("unsupported-key"),
    project("docker__awesome-compose/traefik-golang/compose.yaml")
        .variant("without the proxy")
        .built("backend")
        .dropped("frontend"),
    project("docker__awesome-compose/vuejs/compose.yaml").built("web"),
    project("docker__awesome-compose/wasmedge-kafka-mysql/compose.yml")
        .built("etl")
        .managed("db:3306")
        .refused("unsupported-key"),
    project("docker__awesome-compose/wasmedge-mysql-nginx/compose.yml")
        .built("backend")
        .managed("db:3306")
        .refused("unsupported-key"),
    project("docker__awesome-compose/wasmedge-mysql-nginx/compose.yml")
        .variant("as a Linux image")
        .built("backend")
        .managed("db:3306")
        .services(&[("backend", "runtime: !reset null"), ("backend", "platform: !reset null")]),
    project("docker__awesome-compose/wireguard/compose.yaml"),
    project("docker__awesome-compose/wordpress-mysql/compose.yaml").managed("db:3306").services(&[
        ("wordpress", "x-ecs: { memory: 512, secrets: { WORDPRESS_DB_PASSWORD: 'ssm:/app/db' } }"),
    ]),
    project("nickjj__docker-django-example/compose.yaml")
        .built("web worker")
        .managed("postgres:5432")
        .dropped("css js")
        .copies(EXAMPLE),
    project("nickjj__docker-phoenix-example/compose.yaml")
        .built("web")
        .managed("postgres:5432")
        .dropped("css js")
        .copies(EXAMPLE),
    project("BookStackApp__BookStack/docker-compose.yml")
        .built("app")
        .managed("db:3306")
        .dropped("mailhog node")
        .copies(EXAMPLE),
    project("Unleash__unleash/docker-compose.yml").managed("db:5432"),
    project("apache__airflow/docker-compose.yaml")
        .managed("postgres:5432 redis:6379")
        .files(&[(".env", "AIRFLOW_IMAGE_NAME=apache/airflow:3.0.1\nAIRFLOW_UID=50000\n")]),
    project("conductor-oss__conductor/docker/docker-compose-mysql.yaml")
        .built("conductor-server")
        .managed("conductor-mysql:3306"),
    project("directus__directus/docker-compose.yml")
        .managed("mysql:3306 maria:3306 postgres:5432")
        .dropped("keycloak")
        .top(&[
            "tasks:",
            "  first: [mysql5, mssql, oracle, cockroachdb]",
            "  second: [postgres10, redis, minio, azure, memcached]",
        ]),
    project("docker__getting-started-todo-app/compose.yaml")
        .variant("whole")
        .built("backend client")
        .managed("mysql:3306")
        .refused("unsupported-key"),
    project("docker__getting-started-todo-app/compose.yaml")
        .variant("without the proxy")
        .built("backend client")
        .managed("mysql:3306")
        .dropped("proxy"),
    project("dockersamples__example-voting-app/docker-compose.yml")
        .built("result seed vote worker")
        .managed("db:5432 redis:6379")
        .top(&["tasks: { vote: [vote, worker, seed], result: [result] }"]),
    project("docmost__docmost/docker-compose.yml").managed("db:5432 redis:6379").copies(EXAMPLE),
    project("fastapi__full-stack-fastapi-template/compose.yml")
        .built("backend")
        .managed("db:5432")
        .dropped("proxy"),
    project("forem__forem/docker-compose.yml")
        .built("esbuild rails rspec_system sidekiq web")
        .managed("postgres:5432 redis:6379")
        .dropped("chrome devcontainer"),
    project("instana__robot-shop/docker-compose.yaml")
        .built("cart catalogue dispatch mongodb payment ratings shipping user web")
        .managed("mysql:3306 redis:6379"),
    project("koel__docker/docker-compose.mysql.yml").managed("database:3306"),
    project("koel__docker/docker-compose.postgres.yml").managed("database:5432"),
    project("langfuse__langfuse/docker-compose.yml")
        .managed("postgres:5432 redis:6379")
        .dropped("minio"),
    project("mastodon__mastodon/docker-compose.yml")
        .managed("db:5432 redis:6379")
        .files(&[(".env.production", "DB_HOST=db\nREDIS_HOST=redis\nREDIS_PORT=6379\n")]),
    project("matomo-org__docker/.examples/nginx/compose.yml").managed("db:3306"),
    project("mattermost__docker/docker-compose.yml")
        .managed("postgres:5432")
        .copies(&[("env.example", ".env")]),
    project("mautic__docker-mautic/examples/rabbitmq-worker/docker-compose.yml").managed("db:3306"),
    project("monicahq__docker/.examples/full/docker-compose.yml")
        .built("app cron queue web")
        .managed("db:3306")
        .secrets("app_key mysql_password"),
    project("n8n-io__n8n-hosting/docker-compose/withPostgresAndWorker/docker-compose.yml")
        .managed("postgres:5432 redis:6379"),
    project("netbox-community__netbox-docker/docker-compose.yml")
        .managed("postgres:5432 redis:6379 redis-cache:6379"),
    project("opf__openproject-deploy/compose/docker-compose.yml")
        .managed("db:5432")
        .dropped("autoheal")
        .copies(EXAMPLE),
    project("paperless-ngx__paperless-ngx/docker/compose/docker-compose.mariadb.yml")
        .managed("db:3306"),
    project("paperless-ngx__paperless-ngx/docker/compose/docker-compose.postgres-tika.yml")
        .managed("db:5432"),
    project("plausible__community-edition/docker-compose.yml").managed("plausible_db:5432"),
    project("pterodactyl__panel/docker-compose.example.yml")
        .managed("database:3306 cache:6379")
        .copies(EXAMPLE),
    project("rubygems__rubygems.org/docker-compose.yml").managed("db:5432"),
    project("solidusio__solidus/docker-compose.yml")
        .built("app")
        .managed("mysql:3306 postgres:5432"),
    project("theforeman__foreman/docker-compose.yml")
        .built("app orchestrator worker")
        .managed("db:5432"),
    project("zammad__zammad-docker-compose/docker-compose.yml")
        .managed("zammad-postgresql:5432")
        .copies(&[(".env.dist", ".env")]),
];

const EXAMPLE: &[(&str, &str)] = &[(".env.example", ".env")];
