"""What a team's AWS account has before the first branch is deployed: JSON of tests/support/emulator.rs in, identifiers out."""

import hashlib
import json
import sys

import botocore.session
from botocore.config import Config

wanted = json.load(sys.stdin)
session = botocore.session.get_session()
config = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30)


def client(service):
    return session.create_client(
        service,
        region_name=wanted["region"],
        endpoint_url=wanted["endpoint"],
        aws_access_key_id=wanted["access_key"],
        aws_secret_access_key="secret",
        config=config,
    )


def named(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def network():
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=named("vpc", "staging"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    # Without, moto answers RunTask with 500.
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.0.{index}.0/24",
            AvailabilityZone=wanted["region"] + zone,
            TagSpecifications=named("subnet", f"staging-{zone}"),
        )["Subnet"]["SubnetId"]
        for index, zone in enumerate("ac")
    ]
    group = ec2.create_security_group(
        GroupName="web",
        Description="web",
        VpcId=vpc,
        TagSpecifications=named("security-group", "web"),
    )
    return {"vpc": vpc, "subnets": subnets, "security_group": group["GroupId"]}


def load_balancer(subnets, group):
    elb = client("elbv2")
    balancer = elb.create_load_balancer(
        Name="staging",
        Subnets=subnets,
        SecurityGroups=[group],
        Scheme="internet-facing",
        Type="application",
    )["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    certificate = client("acm").request_certificate(DomainName="*.example.com")["CertificateArn"]
    nothing = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]

    def listener(port, **more):
        made = elb.create_listener(LoadBalancerArn=arn, Port=port, DefaultActions=nothing, **more)
        return made["Listeners"][0]["ListenerArn"]

    return {
        "load_balancer": arn,
        "load_balancer_dns": balancer["DNSName"],
        "load_balancer_zone": balancer["CanonicalHostedZoneId"],
        "http_listener": listener(80, Protocol="HTTP"),
        "https_listener": listener(443, Protocol="HTTPS", Certificates=[{"CertificateArn": certificate}]),
    }


def images():
    ecr = client("ecr")
    digests = {}
    for repository, tags in wanted["images"].items():
        ecr.create_repository(repositoryName=repository)
        for tag in tags:
            # A manifest for each tag, so that no two images have one digest.
            manifest = json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                    "config": {
                        "mediaType": "application/vnd.docker.container.image.v1+json",
                        "size": 2,
                        "digest": "sha256:" + hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest(),
                    },
                    "layers": [],
                }
            )
            digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
            made = ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag, imageDigest=digest)
            digests[f"{repository}:{tag}"] = made["image"]["imageId"]["imageDigest"]
    return {"digests": digests}


def database():
    made = client("rds").create_db_instance(
        DBInstanceIdentifier="staging-db",
        Engine="mysql",
        DBInstanceClass="db.t3.micro",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
    )["DBInstance"]
    endpoint = made["Endpoint"]
    return {"database": endpoint["Address"], "database_port": endpoint["Port"]}


def caches():
    elasticache = client("elasticache")
    elasticache.create_replication_group(
        ReplicationGroupId="staging-redis",
        ReplicationGroupDescription="for tests",
        Engine="redis",
        CacheNodeType="cache.t3.micro",
        NumCacheClusters=1,
    )
    elasticache.create_cache_cluster(
        CacheClusterId="staging-memcached", Engine="memcached", CacheNodeType="cache.t3.micro", NumCacheNodes=1
    )


def main():
    found = {"account": client("sts").get_caller_identity()["Account"]}
    found |= network()
    cluster = client("ecs").create_cluster(clusterName="staging", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    found["cluster"] = cluster["cluster"]["clusterArn"]
    found |= load_balancer(found["subnets"], found["security_group"])
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="tests")
    found["zone"] = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
    found |= images()
    found |= database()
    caches()
    secret = client("secretsmanager").create_secret(Name="staging/db", SecretString='{"password":"not-a-secret"}')
    found["secret"] = secret["ARN"]
    ssm = client("ssm")
    ssm.put_parameter(Name="/staging/app-key", Value="not-a-secret", Type="SecureString")
    found["parameter"] = ssm.get_parameter(Name="/staging/app-key")["Parameter"]["ARN"]
    json.dump(found, sys.stdout)


main()
