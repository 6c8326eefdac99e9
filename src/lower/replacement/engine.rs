//! The image of a stand-in and the engine of what takes its place: whether the code can talk to both.

use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::facts::Facts;
use crate::overlay::{Replacement, Target};

/// Warns when the two speak different languages.
pub(super) fn check(
    facts: &Facts,
    service: &Service,
    replacement: &Replacement,
    diagnostics: &mut Diagnostics,
) {
    let (identifier, engine, others) = match &replacement.target {
        Target::Rds(it) => {
            let known = facts.databases.get(&it.value).and_then(|it| it.engine.as_deref());
            (it, known, &["redis", "memcached"])
        }
        Target::Elasticache(it) => {
            let known = facts.caches.get(&it.value).and_then(|it| it.engine.as_deref());
            (it, known, &["mysql", "postgres"])
        }
        _ => return,
    };
    let Some(image) = &service.image else { return };
    let Some(stand_in) = of_image(&image.value) else { return };
    let what = match engine.map(|it| (it, of_engine(it))) {
        Some((engine, Some(family))) if family != stand_in => format!("runs {engine}"),
        None if others.contains(&stand_in) => match replacement.target {
            Target::Rds(_) => "is a database".to_owned(),
            _ => "is a cache".to_owned(),
        },
        _ => return,
    };
    let message = format!(
        "`{}` {what}, and the stand-in `{}` speaks {stand_in}",
        identifier.value, service.name
    );
    let warning = Diagnostic::warning(Code::ReplacementDiffers, identifier.span, message);
    diagnostics.add(
        warning.label(image.span, "the stand-in").help(
            "name one that speaks the same, or let the laptop run what the code is to talk to",
        ),
    );
}

/// The port that clients of a stand-in take where nobody says one.
pub(super) fn usual_port(service: &Service) -> Option<u16> {
    Some(match of_image(&service.image.as_ref()?.value)? {
        "mysql" => 3306,
        "postgres" => 5432,
        "redis" => 6379,
        "memcached" => 11211,
        "mongodb" => 27017,
        "sqlserver" => 1433,
        _ => return None,
    })
}

/// Warns of a cluster in the place of one node: a client that knows no clusters connects, and fails at the first key that
/// lies on another node.
pub(super) fn check_cluster(
    facts: &Facts,
    service: &Service,
    replacement: &Replacement,
    diagnostics: &mut Diagnostics,
) {
    let Target::Elasticache(identifier) = &replacement.target else { return };
    let image = service.image.as_ref().filter(|it| of_image(&it.value) == Some("redis"));
    let is_cluster = facts.caches.get(&identifier.value).is_some_and(|it| it.cluster);
    let (Some(image), true) = (image, is_cluster) else { return };
    let message = format!(
        "`{}` is a cluster, and the stand-in `{}` is a single node",
        identifier.value, service.name
    );
    let warning = Diagnostic::warning(Code::ReplacementDiffers, identifier.span, message);
    diagnostics.add(warning.label(image.span, "the stand-in").help(
        "turn on what the client has for Redis Cluster: without it, it fails with `MOVED` or `CROSSSLOT`; or name a \
         replication group whose cluster mode is off",
    ));
}

/// The language that the image of a stand-in speaks.
fn of_image(image: &str) -> Option<&'static str> {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = last.split(':').next().unwrap_or_default();
    let is =
        |list: &[&str]| list.iter().any(|it| name == *it || name.starts_with(&format!("{it}-")));
    if is(&["mysql", "mariadb", "percona"]) {
        Some("mysql")
    } else if is(&["postgres", "postgresql", "postgis", "pgvector", "timescaledb"]) {
        Some("postgres")
    } else if is(&["redis", "valkey", "keydb", "dragonfly"]) {
        Some("redis")
    } else if is(&["memcached"]) {
        Some("memcached")
    } else if is(&["mongo", "mongodb"]) {
        Some("mongodb")
    } else if path.contains("mssql/") || is(&["azure-sql-edge"]) {
        Some("sqlserver")
    } else {
        None
    }
}

/// The language that an engine of RDS or ElastiCache speaks.
fn of_engine(engine: &str) -> Option<&'static str> {
    let is = |start: &str| engine.starts_with(start);
    Some(match engine {
        "aurora-postgresql" | "postgres" => "postgres",
        "memcached" => "memcached",
        "redis" | "valkey" => "redis",
        "docdb" => "mongodb",
        _ if is("mysql") || is("mariadb") || is("aurora") => "mysql",
        _ if is("sqlserver") => "sqlserver",
        _ if is("oracle") => "oracle",
        _ if is("db2") => "db2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of_image;

    #[test]
    fn images_are_known_by_their_names() {
        for (image, expected) in [
            ("mysql:8.0", Some("mysql")),
            ("docker.io/bitnami/mariadb@sha256:00", Some("mysql")),
            ("mysql/mysql-server:8.0", Some("mysql")),
            ("registry.example.com:5000/team/postgres", Some("postgres")),
            ("postgis/postgis:16-3.4", Some("postgres")),
            ("valkey/valkey:8", Some("redis")),
            ("redis/redis-stack", Some("redis")),
            ("mcr.microsoft.com/mssql/server:2022-latest", Some("sqlserver")),
            ("phpmyadmin", None),
            ("mysqld-exporter", None),
        ] {
            assert_eq!(of_image(image), expected, "{image}");
        }
    }
}
