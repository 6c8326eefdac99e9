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
    /// Its images by the last part of their names, or the last two where one says nothing, separated by blanks.
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
/// Databases of RDS whose names and credentials are not rewritten.
const RDS_ALONE: (Role, Offer) = (Role::Database, Offer::Address("Amazon RDS"));
const MONGO: (Role, Offer) = (Role::Database, Offer::Address("Amazon DocumentDB"));
const CASSANDRA: (Role, Offer) = (Role::Database, Offer::Address("Amazon Keyspaces"));
const DYNAMO: (Role, Offer) = (Role::Database, Offer::DynamoDb);
const PLAIN_DATABASE: (Role, Offer) = (Role::Database, Offer::Nothing);
const CACHE: (Role, Offer) = (Role::Cache, Offer::ElastiCache);
const SEARCH: (Role, Offer) = (Role::Search, Offer::Address("Amazon OpenSearch Service"));
const PLAIN_SEARCH: (Role, Offer) = (Role::Search, Offer::Nothing);
const BROKER: (Role, Offer) = (Role::Queue, Offer::Address("Amazon MQ"));
const KAFKA: (Role, Offer) = (Role::Queue, Offer::Address("Amazon MSK"));
const SQS: (Role, Offer) = (Role::Queue, Offer::Aws);
const QUEUE: (Role, Offer) = (Role::Queue, Offer::Nothing);
const STORE: (Role, Offer) = (Role::ObjectStore, Offer::S3);
const EMULATOR: (Role, Offer) = (Role::ObjectStore, Offer::Aws);
const MAIL: (Role, Offer) = (Role::MailCatcher, Offer::Nothing);
const ADMIN: (Role, Offer) = (Role::AdminTool, Offer::Nothing);
const TOOL: (Role, Offer) = (Role::DevelopmentTool, Offer::Nothing);
const PROXY: (Role, Offer) = (Role::Proxy, Offer::Nothing);
const WEB: (Role, Offer) = (Role::WebServer, Offer::Nothing);
const CODE: (Role, Offer) = (Role::Application, Offer::Nothing);

/// Everything that is known by its image.
const PRODUCTS: &[Product] = &[
    product("MySQL", DATABASE, 512, 3306, "mysql mysql-server percona percona-server"),
    product("MariaDB", DATABASE, 512, 3306, "mariadb mariadb-galera"),
    product(
        "PostgreSQL",
        DATABASE,
        512,
        5432,
        "postgres postgresql postgresql-repmgr postgis timescaledb timescaledb-ha timescaledb-postgis pgvector pgvecto-rs pgroonga citus postgres-repmgr",
    ),
    product("SQL Server", RDS_ALONE, 2048, 1433, "mssql-server-linux azure-sql-edge mssql/server"),
    product(
        "Oracle Database",
        RDS_ALONE,
        2048,
        1521,
        "oracle-xe oracle-free gvenzl/oracle-xe database/free database/express",
    ),
    product(
        "MongoDB",
        MONGO,
        512,
        27017,
        "mongo mongodb mongodb-community-server percona-server-mongodb",
    ),
    product("CockroachDB", PLAIN_DATABASE, 1024, 26257, "cockroach"),
    product("Cassandra", CASSANDRA, 2048, 9042, "cassandra scylla"),
    product("ClickHouse", PLAIN_DATABASE, 1024, 8123, "clickhouse clickhouse-server"),
    product("InfluxDB", PLAIN_DATABASE, 512, 8086, "influxdb"),
    product("Neo4j", PLAIN_DATABASE, 1024, 7687, "neo4j"),
    product("CouchDB", PLAIN_DATABASE, 512, 5984, "couchdb"),
    product("RethinkDB", PLAIN_DATABASE, 512, 28015, "rethinkdb"),
    product("etcd", PLAIN_DATABASE, 512, 2379, "etcd"),
    product("DynamoDB Local", DYNAMO, 512, 8000, "dynamodb-local dynamodb dynalite"),
    product("Redis", CACHE, 256, 6379, "redis redis-stack redis-stack-server keydb dragonfly"),
    product("Valkey", CACHE, 256, 6379, "valkey valkey-bundle"),
    product("Memcached", CACHE, 128, 11211, "memcached"),
    product("Elasticsearch", SEARCH, 2048, 9200, "elasticsearch elasticsearch-oss"),
    product("OpenSearch", SEARCH, 2048, 9200, "opensearch"),
    product("Solr", PLAIN_SEARCH, 1024, 8983, "solr"),
    product("Meilisearch", PLAIN_SEARCH, 512, 7700, "meilisearch"),
    product("Typesense", PLAIN_SEARCH, 512, 8108, "typesense"),
    product("RabbitMQ", BROKER, 512, 5672, "rabbitmq"),
    product("ActiveMQ", BROKER, 1024, 61616, "activemq activemq-classic activemq-artemis"),
    product(
        "Kafka",
        KAFKA,
        1024,
        9092,
        "kafka kafka-native cp-kafka cp-server cp-enterprise-kafka redpanda",
    ),
    product("ZooKeeper", QUEUE, 512, 2181, "zookeeper cp-zookeeper"),
    product("NATS", QUEUE, 128, 4222, "nats nats-streaming"),
    product("Mosquitto", QUEUE, 128, 1883, "eclipse-mosquitto mosquitto"),
    product("Beanstalkd", QUEUE, 128, 11300, "beanstalkd"),
    product("ElasticMQ", SQS, 512, 9324, "elasticmq elasticmq-native"),
    product("MinIO", STORE, 512, 9000, "minio"),
    product("LocalStack", EMULATOR, 1024, 4566, "localstack localstack-pro moto"),
    product("MailHog", MAIL, 128, 1025, "mailhog"),
    product("Mailpit", MAIL, 128, 1025, "mailpit"),
    product("MailDev", MAIL, 128, 1025, "maildev"),
    product("MailCatcher", MAIL, 128, 1025, "mailcatcher docker-mailcatcher"),
    product(
        "a catcher of mail",
        MAIL,
        128,
        1025,
        "inbucket smtp4dev mailslurper fake-smtp-server mailtrap mailcrab greenmail/standalone",
    ),
    product("Adminer", ADMIN, 128, 8080, "adminer adminerevo"),
    product("phpMyAdmin", ADMIN, 256, 80, "phpmyadmin"),
    product("pgAdmin", ADMIN, 256, 80, "pgadmin pgadmin4"),
    product(
        "a window into databases",
        ADMIN,
        256,
        8080,
        "pgweb sqlpad cloudbeaver dbgate phppgadmin dynamodb-admin",
    ),
    product("a window into Redis", ADMIN, 128, 8081, "redis-commander redisinsight phpredisadmin"),
    product("a window into MongoDB", ADMIN, 128, 8081, "mongo-express"),
    product(
        "a window into Kafka",
        ADMIN,
        512,
        8080,
        "kafka-ui kafdrop kafka-manager cmak akhq kafka-topics-ui schema-registry-ui kowl",
    ),
    product(
        "a window into Elasticsearch",
        ADMIN,
        128,
        9100,
        "elasticsearch-head cerebro dejavu elasticvue",
    ),
    product("Portainer", TOOL, 128, 9000, "portainer portainer-ce portainer-ee"),
    product("Watchtower", TOOL, 128, 0, "watchtower"),
    product(
        "a keeper of containers",
        TOOL,
        128,
        0,
        "autoheal docker-autoheal ofelia docker-socket-proxy docker-gen diun ouroboros",
    ),
    product("a window into containers", TOOL, 128, 0, "dozzle cadvisor"),
    product("Docker in Docker", TOOL, 512, 0, "dind docker-in-docker library/docker"),
    product(
        "a browser for tests",
        TOOL,
        1024,
        4444,
        "selenium standalone-chrome standalone-firefox standalone-chromium standalone-edge standalone-chrome-debug standalone-firefox-debug node-chrome node-firefox node-edge selenium/hub cypress/included cypress playwright chromedriver",
    ),
    product("a tunnel to a laptop", TOOL, 128, 0, "ngrok"),
    product("a tool of debugging", TOOL, 128, 0, "xdebug buggregator blackfire"),
    product("a server of mocks", TOOL, 256, 8080, "wiremock mockserver"),
    product("a container to develop in", TOOL, 1024, 0, "devcontainer"),
    product(
        "a source of certificates",
        TOOL,
        128,
        0,
        "acme-companion letsencrypt-nginx-proxy-companion docker-letsencrypt-nginx-proxy-companion certbot",
    ),
    product("Traefik", PROXY, 128, 80, "traefik"),
    product("nginx-proxy", PROXY, 128, 80, "nginx-proxy caddy-docker-proxy"),
    product("HAProxy", WEB, 128, 80, "haproxy"),
    product("nginx", WEB, 128, 80, "nginx nginx-unprivileged openresty nginx-proxy-manager swag"),
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
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [only] => by_name(&format!("library/{only}")).or_else(|| by_name(only)),
        [.., organisation, last] => by_name(&format!("{organisation}/{last}"))
            .or_else(|| by_name(last))
            .or_else(|| by_last_word(last)),
        [] => None,
    }
}

fn by_name(name: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|it| it.images.split(' ').any(|it| it == name))
}

/// What is in a service that is called `mysql`, `my-redis` or `dev_postgres`.
pub(super) fn of_name(service: &str) -> Option<&'static Product> {
    let exact = by_name(&service.to_lowercase().replace('_', "-"));
    exact.filter(|it| it.role != Role::Application).or_else(|| by_last_word(service))
}

/// `our-postgres` is a database; `php-nginx` is an application with a web server in it.
fn by_last_word(name: &str) -> Option<&'static Product> {
    let words = words(name);
    let last = words.last()?.trim_end_matches(|it: char| it.is_ascii_digit());
    by_name(last).filter(|it| it.role.is_backing() || it.role == Role::MailCatcher)
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
            ("rediscommander/redis-commander:latest", Some("a window into Redis")),
            ("ghcr.io/example/our-postgres:1", Some("PostgreSQL")),
            ("example/php-nginx", None),
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
            ("redis2", Some("Redis")),
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
