//! Images -> what runs in them: databases, caches, development tools and so on, by the last part of their names.

use crate::redact::words;

/// What a service is to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The team's own code, or an image that nothing is known of.
    Application,
    /// Serves files, or passes requests on to the application.
    WebServer,
    /// Finds the containers behind it by itself, as the load balancer does on AWS.
    Proxy,
    Database,
    Cache,
    Search,
    Queue,
    ObjectStore,
    MailCatcher,
    /// A window into a database or a queue, for people at a laptop.
    AdminTool,
    /// Only of use to whoever develops or to the machine it runs on.
    DevelopmentTool,
}

impl Role {
    /// Whether others reach it and nobody outside does.
    pub(super) fn is_backing(self) -> bool {
        matches!(
            self,
            Self::Database | Self::Cache | Self::Search | Self::Queue | Self::ObjectStore
        )
    }

    /// Whether a branch on AWS does without it.
    pub(super) fn is_local(self) -> bool {
        matches!(self, Self::MailCatcher | Self::AdminTool | Self::DevelopmentTool)
    }
}

/// What of AWS can take the place of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Rds,
    ElastiCache,
    S3,
    DynamoDb,
    /// Many services of AWS: the SDK finds them without an address.
    Aws,
    /// An address, of the managed service of this name.
    Address(&'static str),
    Nothing,
}

/// One program with the images it comes in.
#[derive(Debug)]
pub(super) struct Product {
    /// As people call it.
    pub(super) title: &'static str,
    pub(super) role: Role,
    pub(super) offer: Offer,
    /// What it needs to start and to do a little work, in MiB.
    pub(super) memory: u32,
    /// Where it listens unless it is told otherwise; 0 for nowhere.
    pub(super) port: u16,
    /// The last parts of its images' names, separated by blanks; `NAME/` is everything of an organisation.
    images: &'static str,
}

const fn product(
    title: &'static str,
    (role, offer): (Role, Offer),
    memory: u32,
    port: u16,
    images: &'static str,
) -> Product {
    Product { title, role, offer, memory, port, images }
}

const DATABASE: (Role, Offer) = (Role::Database, Offer::Rds);
const CACHE: (Role, Offer) = (Role::Cache, Offer::ElastiCache);
const SEARCH: (Role, Offer) = (Role::Search, Offer::Address("Amazon OpenSearch Service"));
const STORE: (Role, Offer) = (Role::ObjectStore, Offer::S3);
const MAIL: (Role, Offer) = (Role::MailCatcher, Offer::Nothing);
const ADMIN: (Role, Offer) = (Role::AdminTool, Offer::Nothing);
const TOOL: (Role, Offer) = (Role::DevelopmentTool, Offer::Nothing);
const PROXY: (Role, Offer) = (Role::Proxy, Offer::Nothing);
const WEB: (Role, Offer) = (Role::WebServer, Offer::Nothing);
const CODE: (Role, Offer) = (Role::Application, Offer::Nothing);
const PLAIN_DATABASE: (Role, Offer) = (Role::Database, Offer::Nothing);
const MONGO: (Role, Offer) = (Role::Database, Offer::Address("Amazon DocumentDB"));
const RABBIT: (Role, Offer) = (Role::Queue, Offer::Address("Amazon MQ"));
const KAFKA: (Role, Offer) = (Role::Queue, Offer::Address("Amazon MSK"));
const QUEUE: (Role, Offer) = (Role::Queue, Offer::Nothing);
const DYNAMO: (Role, Offer) = (Role::Database, Offer::DynamoDb);
const EMULATOR: (Role, Offer) = (Role::ObjectStore, Offer::Aws);

/// Everything that is known by its image.
const PRODUCTS: &[Product] = &[
    product(
        "MySQL",
        DATABASE,
        512,
        3306,
        "mysql mysql-server percona percona-server percona-xtradb-cluster",
    ),
    product("MariaDB", DATABASE, 512, 3306, "mariadb mariadb-galera"),
    product(
        "PostgreSQL",
        DATABASE,
        512,
        5432,
        "postgres postgresql postgresql-repmgr postgis postgis-postgres timescaledb timescaledb-ha timescaledb-postgis pgvector pgvector-postgres pg_bigm postgres-alpine zammad-postgresql pgroonga citus supabase-postgres",
    ),
    product("SQL Server", DATABASE, 2048, 1433, "mssql-server-linux azure-sql-edge server"),
    product(
        "Oracle Database",
        DATABASE,
        2048,
        1521,
        "oracle-xe oracle-free oracle-xe-11g free express",
    ),
    product(
        "MongoDB",
        MONGO,
        512,
        27017,
        "mongo mongodb mongodb-community-server percona-server-mongodb ferretdb",
    ),
    product("CockroachDB", PLAIN_DATABASE, 1024, 26257, "cockroach cockroachdb"),
    product(
        "Cassandra",
        (Role::Database, Offer::Address("Amazon Keyspaces")),
        2048,
        9042,
        "cassandra scylla",
    ),
    product("ClickHouse", PLAIN_DATABASE, 1024, 8123, "clickhouse clickhouse-server"),
    product("InfluxDB", PLAIN_DATABASE, 512, 8086, "influxdb"),
    product("Neo4j", (Role::Database, Offer::Address("Amazon Neptune")), 1024, 7687, "neo4j"),
    product("CouchDB", PLAIN_DATABASE, 512, 5984, "couchdb"),
    product("RethinkDB", PLAIN_DATABASE, 512, 28015, "rethinkdb"),
    product("etcd", PLAIN_DATABASE, 512, 2379, "etcd"),
    product("DynamoDB Local", DYNAMO, 512, 8000, "dynamodb-local dynamodb dynalite"),
    product(
        "Redis",
        CACHE,
        256,
        6379,
        "redis redis-stack redis-stack-server redis-cluster keydb dragonfly",
    ),
    product("Valkey", CACHE, 256, 6379, "valkey valkey-bundle"),
    product("Memcached", CACHE, 128, 11211, "memcached"),
    product("Elasticsearch", SEARCH, 2048, 9200, "elasticsearch elasticsearch-oss"),
    product("OpenSearch", SEARCH, 2048, 9200, "opensearch"),
    product("Solr", (Role::Search, Offer::Nothing), 1024, 8983, "solr"),
    product("Meilisearch", (Role::Search, Offer::Nothing), 512, 7700, "meilisearch"),
    product("Typesense", (Role::Search, Offer::Nothing), 512, 8108, "typesense"),
    product("RabbitMQ", RABBIT, 512, 5672, "rabbitmq"),
    product("ActiveMQ", RABBIT, 1024, 61616, "activemq activemq-classic activemq-artemis artemis"),
    product(
        "Kafka",
        KAFKA,
        1024,
        9092,
        "kafka cp-kafka cp-server cp-enterprise-kafka redpanda kafka-native",
    ),
    product("ZooKeeper", QUEUE, 512, 2181, "zookeeper cp-zookeeper"),
    product("NATS", QUEUE, 128, 4222, "nats nats-streaming"),
    product("Mosquitto", QUEUE, 128, 1883, "eclipse-mosquitto mosquitto"),
    product("Beanstalkd", QUEUE, 128, 11300, "beanstalkd"),
    product("ElasticMQ", (Role::Queue, Offer::Aws), 512, 9324, "elasticmq elasticmq-native"),
    product("MinIO", STORE, 512, 9000, "minio fake-s3 s3mock s3rver"),
    product("LocalStack", EMULATOR, 1024, 4566, "localstack localstack-pro moto ministack"),
    product("MailHog", MAIL, 128, 1025, "mailhog"),
    product("Mailpit", MAIL, 128, 1025, "mailpit"),
    product("MailDev", MAIL, 128, 1025, "maildev"),
    product("MailCatcher", MAIL, 128, 1025, "mailcatcher docker-mailcatcher"),
    product(
        "a mail catcher",
        MAIL,
        128,
        1025,
        "inbucket smtp4dev mailslurper greenmail fake-smtp-server fakesmtp mailtrap mailcrab mailtutan mock-smtp",
    ),
    product("Adminer", ADMIN, 128, 8080, "adminer adminerevo"),
    product("phpMyAdmin", ADMIN, 256, 80, "phpmyadmin"),
    product("pgAdmin", ADMIN, 256, 80, "pgadmin pgadmin4"),
    product(
        "a window into databases",
        ADMIN,
        256,
        8080,
        "pgweb sqlpad cloudbeaver dbgate omnidb dynamodb-admin kibana-dev-tools phppgadmin phpredisadmin",
    ),
    product("Redis Commander", ADMIN, 128, 8081, "redis-commander"),
    product("a window into Redis", ADMIN, 128, 8001, "redisinsight redis-insight redmon"),
    product("mongo-express", ADMIN, 128, 8081, "mongo-express mongoclient nosqlclient"),
    product(
        "a window into Kafka",
        ADMIN,
        512,
        8080,
        "kafka-ui kafdrop kafka-manager cmak akhq kafka-topics-ui schema-registry-ui zoonavigator kafka-webui kowl console-kafka",
    ),
    product(
        "a window into Elasticsearch",
        ADMIN,
        128,
        9100,
        "elasticsearch-head elasticsearch-hq cerebro dejavu elasticvue",
    ),
    product("Portainer", TOOL, 128, 9000, "portainer portainer-ce portainer-ee agent-portainer"),
    product("Watchtower", TOOL, 128, 0, "watchtower"),
    product(
        "a keeper of containers",
        TOOL,
        128,
        0,
        "autoheal docker-autoheal ofelia docker-socket-proxy docker-gen diun ouroboros shepherd docker-gc docker-prune socket-proxy",
    ),
    product(
        "a window into Docker",
        TOOL,
        128,
        0,
        "dozzle cadvisor lazydocker ctop yacht glances docker-stats",
    ),
    product("Docker in Docker", TOOL, 512, 0, "dind docker"),
    product(
        "a browser for tests",
        TOOL,
        1024,
        4444,
        "selenium standalone-chrome standalone-firefox standalone-chromium standalone-edge standalone-chrome-debug standalone-firefox-debug standalone-all-browsers node-chrome node-firefox selenium-hub hub seleniarm chromedriver cypress playwright included",
    ),
    product("a tunnel to a laptop", TOOL, 128, 0, "ngrok expose localtunnel cloudflared-dev"),
    product("a debugger", TOOL, 128, 0, "xdebug buggregator clockwork"),
    product("a server of mocks", TOOL, 256, 8080, "wiremock mockserver mock-server mountebank"),
    product(
        "a forwarder of the host's SSH agent",
        TOOL,
        64,
        0,
        "docker-ssh-agent ssh-agent docker-host-sshd qoomon-host docker-host",
    ),
    product("Traefik", PROXY, 128, 80, "traefik"),
    product(
        "nginx-proxy",
        PROXY,
        128,
        80,
        "nginx-proxy nginxproxy docker-gen-proxy caddy-docker-proxy nginx-proxy-manager swag",
    ),
    product(
        "its certificates",
        TOOL,
        128,
        0,
        "acme-companion letsencrypt-nginx-proxy-companion certbot docker-letsencrypt-nginx-proxy-companion mkcert traefik-certs-dumper",
    ),
    product("HAProxy", WEB, 128, 80, "haproxy"),
    product("nginx", WEB, 128, 80, "nginx nginx-unprivileged openresty nginx-php-fpm-proxy"),
    product("Apache", WEB, 128, 80, "httpd apache"),
    product("Caddy", WEB, 128, 80, "caddy"),
    product("Envoy", WEB, 128, 0, "envoy"),
    product("Varnish", WEB, 256, 80, "varnish"),
    product("Kong", WEB, 512, 8000, "kong kong-gateway"),
    product("Logstash", CODE, 1024, 0, "logstash logstash-oss"),
    product("Kibana", CODE, 1024, 5601, "kibana opensearch-dashboards"),
    product("Grafana", CODE, 256, 3000, "grafana grafana-oss"),
    product("Prometheus", CODE, 512, 9090, "prometheus"),
    product("Keycloak", CODE, 1024, 8080, "keycloak"),
    product(
        "a Java application",
        CODE,
        1024,
        0,
        "openjdk eclipse-temurin amazoncorretto tomcat jetty wildfly jenkins sonarqube nexus3 maven gradle nifi cp-schema-registry cp-kafka-connect cp-kafka-rest cp-ksqldb-server cp-ksqldb-cli cp-enterprise-control-center",
    ),
];

/// What an image holds, when its name says it.
pub(super) fn of_image(image: &str) -> Option<&'static Product> {
    let name = bare(image);
    let (organisation, last) = name.rsplit_once('/').unwrap_or(("", &name));
    // Whole names of these say nothing: the organisation does.
    let generic = matches!(last, "server" | "free" | "express" | "hub" | "included" | "agent");
    if generic
        && !["mssql", "database", "selenium", "cypress", "gvenzl"]
            .iter()
            .any(|it| organisation.ends_with(it))
    {
        return None;
    }
    if last == "docker" && !(organisation.is_empty() || organisation == "library") {
        return None;
    }
    by_name(last).or_else(|| match organisation.rsplit('/').next()? {
        "selenium" => by_name("selenium"),
        "localstack" => by_name("localstack"),
        _ => None,
    })
}

fn by_name(name: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|it| it.images.split(' ').any(|it| it == name))
}

/// What a service is called that somebody builds: `mysql`, `my-redis`, `dev_postgres`.
pub(super) fn of_name(service: &str) -> Option<&'static Product> {
    let whole = service.to_lowercase().replace('_', "-");
    let exact = by_name(&whole);
    let last = words(service)
        .last()
        .and_then(|it| by_name(it.trim_end_matches(|it: char| it.is_ascii_digit())));
    exact.or(last).filter(|it| {
        it.role != Role::Application
            && !matches!(
                it.title,
                "Docker in Docker" | "SQL Server" | "Oracle Database" | "a tunnel to a laptop"
            )
    })
}

/// An image without registry, tag and digest, in lower case.
fn bare(image: &str) -> String {
    let name = image.split('@').next().unwrap_or_default();
    let slash = name.rfind('/').map_or(0, |it| it + 1);
    let name = name[slash..].find(':').map_or(name, |it| &name[..slash + it]);
    let name = match name.split_once('/') {
        Some((registry, rest)) if registry.contains(['.', ':']) || registry == "localhost" => rest,
        _ => name,
    };
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{of_image, of_name};

    #[test]
    fn images_are_known_whatever_registry_and_tag_they_have() {
        let cases = [
            ("mysql", Some("MySQL")),
            ("mysql/mysql-server:8.0", Some("MySQL")),
            ("docker.io/bitnami/postgresql:16", Some("PostgreSQL")),
            ("registry.example.com:5000/team/redis@sha256:00", Some("Redis")),
            ("pgvector/pgvector:pg17", Some("PostgreSQL")),
            ("mcr.microsoft.com/mssql/server:2022-latest", Some("SQL Server")),
            ("docker.elastic.co/elasticsearch/elasticsearch:8.1.0", Some("Elasticsearch")),
            ("localhost:5000/nginx", Some("nginx")),
            ("docker:24-dind", Some("Docker in Docker")),
            ("example/docker", None),
            ("minecraft/server", None),
            ("example/app", None),
            ("prom/mysqld-exporter", None),
            ("rediscommander/redis-commander:latest", Some("Redis Commander")),
        ];
        for (image, expected) in cases {
            assert_eq!(of_image(image).map(|it| it.title), expected, "{image}");
        }
    }

    #[test]
    fn names_of_built_services_say_what_they_are() {
        let cases = [
            ("mysql", Some("MySQL")),
            ("dev_postgres", Some("PostgreSQL")),
            ("redis-2", None),
            ("my-redis", Some("Redis")),
            ("app", None),
            ("nginx", Some("nginx")),
            ("server", None),
        ];
        for (name, expected) in cases {
            assert_eq!(of_name(name).map(|it| it.title), expected, "{name}");
        }
    }
}
