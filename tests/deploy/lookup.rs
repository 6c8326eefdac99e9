//! Databases and caches as RDS and ElastiCache describe them, and as facts.

use compose2ecs::deploy::Error;
use compose2ecs::facts::{Cache, Database, Facts, Needs};
use libtest_mimic::Trial;

use crate::aws::emulator::Kind;
use crate::aws::scripted::{Reply, Scripted};
use crate::quirks::lacks;
use crate::scene::{deployer, trial};
use crate::{project, run, start};

const GROUPS: &str = "ElastiCache.DescribeReplicationGroups";
const CLUSTERS: &str = "ElastiCache.DescribeCacheClusters";
const SERVERLESS: &str = "ElastiCache.DescribeServerlessCaches";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("lookup/an_instance_with_its_user_and_its_secret", instance),
        trial("lookup/a_cluster_with_its_reader", cluster),
        trial("lookup/a_replication_group_is_reached_at_its_primary", group),
        trial("lookup/a_group_in_cluster_mode_is_reached_at_its_configuration", cluster_mode),
        trial("lookup/memcached_is_reached_at_its_configuration", memcached),
        trial("lookup/a_serverless_cache_speaks_tls", serverless),
        trial("lookup/a_cache_that_is_not_there_is_named", missing),
        trial("lookup/a_cache_that_is_being_made_has_no_endpoint", creating),
        trial("lookup/a_role_that_may_not_look_is_told_so", denied),
    ]
}

/// What the emulators describe, and a cache they do not have.
pub(crate) fn databases_and_caches(kind: Kind) {
    let emulator = start(kind);
    let seeded = emulator.seed(&[]);
    run(async {
        let deployer = project::deployer(&emulator.endpoint());
        let known = [("staging-redis", "redis"), ("staging-memcached", "memcached")];
        let known: &[(&str, &str)] =
            if lacks(kind, "lookup/memcached").is_some() { &known[..1] } else { &known };
        let caches = known.iter().map(|(it, _)| (*it).to_owned()).collect();
        let databases = ["staging-db".to_owned()].into();
        let facts = deployer.lookup(&Needs { caches, databases, ..Needs::default() }).await;
        let facts = facts.expect("everything is there");
        let database = &facts.databases["staging-db"];
        assert_eq!(
            (database.endpoint.as_str(), database.port, database.user.as_deref()),
            (seeded.database.as_str(), Some(seeded.database_port), Some("root"))
        );
        for (name, engine) in known {
            let cache = &facts.caches[*name];
            assert!(!cache.endpoint.is_empty() && cache.port.is_some() && !cache.tls, "{cache:?}");
            assert_eq!(cache.engine.as_deref(), Some(*engine));
        }
        let caches = ["absent".to_owned()].into();
        let errors = deployer.lookup(&Needs { caches, ..Needs::default() }).await;
        let errors = errors.expect_err("nobody made it");
        assert!(errors[0].message.contains("`absent`"), "{errors:?}");
    });
}

async fn lookup(aws: &Scripted, needs: Needs) -> Result<Facts, Vec<Error>> {
    deployer(aws).lookup(&needs).await
}

async fn cache(aws: Scripted) -> Result<Cache, Vec<Error>> {
    let needs = Needs { caches: ["staging".to_owned()].into(), ..Needs::default() };
    let found = lookup(&aws, needs).await.map(|mut it| it.caches.swap_remove("staging"));
    let calls = aws.finish();
    let asked = calls.iter().find(|it| it.name == CLUSTERS).expect("clusters are asked for");
    assert!(String::from_utf8_lossy(&asked.body).contains("ShowCacheNodeInfo=true"));
    found.map(|it| it.expect("it is what was asked for"))
}

async fn database(aws: Scripted) -> Database {
    let needs = Needs { databases: ["staging".to_owned()].into(), ..Needs::default() };
    let facts = lookup(&aws, needs).await.expect("it is there");
    facts.databases["staging"].clone()
}

/// An answer of the Query protocol around what it lists.
fn xml(inner: &str) -> Reply {
    Reply::Xml(format!(
        "<Response xmlns=\"http://example.com/\"><Result>{inner}</Result></Response>"
    ))
}

fn absent(code: &str) -> Reply {
    Reply::Error(404, code.to_owned(), "it is not there".to_owned())
}

/// A script in which only these kinds of caches are found.
fn caches(group: Option<&str>, cluster: Option<&str>, serverless: Option<&str>) -> Scripted {
    let reply = |found: Option<&str>, code: &str| found.map_or_else(|| absent(code), xml);
    Scripted::start()
        .on(GROUPS, [reply(group, "ReplicationGroupNotFoundFault")])
        .on(CLUSTERS, [reply(cluster, "CacheClusterNotFound")])
        .on(SERVERLESS, [reply(serverless, "ServerlessCacheNotFoundFault")])
}

async fn instance() {
    let aws = Scripted::start()
        .on(
            "RDS.DescribeDBInstances",
            [xml("<DBInstances><DBInstance><Engine>postgres</Engine><DBName>shop</DBName><MasterUsername>root</MasterUsername>\
                  <Endpoint><Address>db.example.com</Address><Port>5433</Port></Endpoint>\
                  <MasterUserSecret><SecretArn>arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-AbCdEf</SecretArn></MasterUserSecret>\
                  </DBInstance></DBInstances>")],
        )
        .on("RDS.DescribeDBClusters", [absent("DBClusterNotFoundFault")]);
    let expected = Database {
        engine: Some("postgres".to_owned()),
        endpoint: "db.example.com".to_owned(),
        port: Some(5433),
        reader_endpoint: None,
        name: Some("shop".to_owned()),
        user: Some("root".to_owned()),
        secret: Some(
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-AbCdEf".to_owned(),
        ),
    };
    assert_eq!(database(aws).await, expected);
}

async fn cluster() {
    let aws = Scripted::start().on("RDS.DescribeDBInstances", [absent("DBInstanceNotFound")]).on(
        "RDS.DescribeDBClusters",
        [xml("<DBClusters><DBCluster><Engine>aurora-mysql</Engine><Endpoint>w.example.com</Endpoint>\
              <ReaderEndpoint>r.example.com</ReaderEndpoint><Port>3306</Port><DatabaseName/></DBCluster></DBClusters>")],
    );
    let expected = Database {
        engine: Some("aurora-mysql".to_owned()),
        endpoint: "w.example.com".to_owned(),
        port: Some(3306),
        reader_endpoint: Some("r.example.com".to_owned()),
        ..Database::default()
    };
    assert_eq!(database(aws).await, expected);
}

async fn group() {
    let primary = "<PrimaryEndpoint><Address>primary.example.com</Address><Port>6380</Port></PrimaryEndpoint>";
    let group = |tls: &str| {
        format!(
            "<ReplicationGroups><ReplicationGroup><ReplicationGroupId>staging</ReplicationGroupId><NodeGroups><NodeGroup>{primary}\
             <ReaderEndpoint><Address>reader.example.com</Address></ReaderEndpoint></NodeGroup></NodeGroups>\
             {tls}<Engine>valkey</Engine></ReplicationGroup></ReplicationGroups>"
        )
    };
    let modes = [
        ("<TransitEncryptionEnabled>false</TransitEncryptionEnabled>", false),
        ("<TransitEncryptionEnabled>true</TransitEncryptionEnabled>", true),
        (
            "<TransitEncryptionEnabled>true</TransitEncryptionEnabled><TransitEncryptionMode>preferred</TransitEncryptionMode>",
            false,
        ),
    ];
    for (text, tls) in modes {
        let expected = Cache {
            engine: Some("valkey".to_owned()),
            endpoint: "primary.example.com".to_owned(),
            port: Some(6380),
            tls,
            cluster: false,
        };
        assert_eq!(cache(caches(Some(&group(text)), None, None)).await, Ok(expected), "{text}");
    }
}

async fn cluster_mode() {
    let group = "<ReplicationGroups><ReplicationGroup><NodeGroups><NodeGroup><Slots>0-8191</Slots></NodeGroup></NodeGroups>\
                 <ConfigurationEndpoint><Address>cfg.example.com</Address><Port>6379</Port></ConfigurationEndpoint>\
                 <TransitEncryptionEnabled>true</TransitEncryptionEnabled></ReplicationGroup></ReplicationGroups>";
    let found = cache(caches(Some(group), None, None)).await.expect("it is there");
    assert_eq!(
        (found.endpoint.as_str(), found.port, found.tls),
        ("cfg.example.com", Some(6379), true)
    );
    assert!(found.cluster, "clients have to know");
}

async fn memcached() {
    let cluster = "<CacheClusters><CacheCluster><Engine>memcached</Engine>\
                   <ConfigurationEndpoint><Address>all.example.com</Address><Port>11211</Port></ConfigurationEndpoint>\
                   <CacheNodes><CacheNode><Endpoint><Address>one.example.com</Address><Port>11211</Port></Endpoint></CacheNode></CacheNodes>\
                   </CacheCluster></CacheClusters>";
    let expected = Cache {
        engine: Some("memcached".to_owned()),
        endpoint: "all.example.com".to_owned(),
        port: Some(11211),
        tls: false,
        cluster: false,
    };
    assert_eq!(cache(caches(None, Some(cluster), None)).await, Ok(expected));
    let single = "<CacheClusters><CacheCluster><Engine>redis</Engine><ConfigurationEndpoint/><CacheNodes><CacheNode>\
                  <Endpoint><Address>one.example.com</Address><Port>6379</Port></Endpoint></CacheNode></CacheNodes></CacheCluster></CacheClusters>";
    let found = cache(caches(None, Some(single), None)).await.expect("it is there");
    assert_eq!(found.endpoint, "one.example.com");
}

async fn serverless() {
    let serverless = "<ServerlessCaches><member><Engine>valkey</Engine><Endpoint><Address>less.example.com</Address><Port>6379</Port>\
                      </Endpoint></member></ServerlessCaches>";
    let expected = Cache {
        engine: Some("valkey".to_owned()),
        endpoint: "less.example.com".to_owned(),
        port: Some(6379),
        tls: true,
        cluster: true,
    };
    assert_eq!(cache(caches(None, None, Some(serverless))).await, Ok(expected));
}

async fn missing() {
    let errors = cache(caches(None, None, None)).await.expect_err("there is none");
    assert_eq!(
        errors[0].message,
        "ElastiCache has no replication group, cluster or serverless cache `staging` in ap-northeast-1"
    );
    assert!(errors[0].help.contains("identifier"), "{errors:?}");
}

async fn creating() {
    let group = "<ReplicationGroups><ReplicationGroup><Status>creating</Status></ReplicationGroup></ReplicationGroups>";
    let errors = cache(caches(Some(group), None, None)).await.expect_err("it has none yet");
    assert_eq!(errors[0].message, "the cache `staging` has no endpoint yet");
}

async fn denied() {
    let denied =
        || Reply::refused("AccessDenied", "not authorized to perform elasticache:Describe");
    let aws = Scripted::start()
        .on(GROUPS, [absent("ReplicationGroupNotFoundFault")])
        .on(CLUSTERS, [absent("CacheClusterNotFound")])
        .on(SERVERLESS, [denied()]);
    let errors = cache(aws).await.expect_err("it may be a serverless one");
    assert!(errors[0].message.contains("look the cache `staging` up: AccessDenied"), "{errors:?}");
}
