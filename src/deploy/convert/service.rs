//! A service definition -> the client's call that makes the service.

use aws_sdk_ecs::operation::create_service::builders::CreateServiceFluentBuilder;
use aws_sdk_ecs::types;

use super::{COMPLETE, service_connect::to_connect};
use crate::ecs::{
    AwsVpcConfiguration, CapacityProviderStrategyItem, DeploymentCircuitBreaker,
    DeploymentConfiguration, LoadBalancer, NetworkConfiguration, ServiceDefinition, Tag,
};

/// Every member of the definition as a member of the call.
pub(in crate::deploy) fn to_service(
    call: CreateServiceFluentBuilder,
    definition: &ServiceDefinition,
) -> CreateServiceFluentBuilder {
    let ServiceDefinition {
        cluster,
        service_name,
        task_definition,
        load_balancers,
        desired_count,
        launch_type,
        capacity_provider_strategy: strategy,
        deployment_configuration,
        network_configuration,
        health_check_grace_period_seconds,
        tags,
        propagate_tags,
        enable_execute_command,
        service_connect_configuration: connect,
    } = definition;
    let balancers = load_balancers.iter().map(to_load_balancer).collect();
    call.set_cluster(cluster.clone())
        .service_name(service_name)
        .task_definition(task_definition)
        .set_load_balancers(Some(balancers).filter(|it: &Vec<_>| !it.is_empty()))
        .desired_count(*desired_count)
        .set_launch_type(launch_type.as_deref().map(types::LaunchType::from))
        .set_capacity_provider_strategy(
            (!strategy.is_empty()).then(|| strategy.iter().map(to_strategy).collect()),
        )
        .deployment_configuration(to_deployment(deployment_configuration))
        .network_configuration(to_network(network_configuration))
        .set_health_check_grace_period_seconds(*health_check_grace_period_seconds)
        .set_tags(Some(tags.iter().map(to_tag).collect()))
        .propagate_tags(types::PropagateTags::from(propagate_tags.as_str()))
        .enable_execute_command(*enable_execute_command)
        .set_service_connect_configuration(connect.as_ref().map(to_connect))
}

pub(in crate::deploy) fn to_load_balancer(balancer: &LoadBalancer) -> types::LoadBalancer {
    let LoadBalancer { target_group_arn, container_name, container_port } = balancer;
    types::LoadBalancer::builder()
        .set_target_group_arn(target_group_arn.clone())
        .container_name(container_name)
        .container_port(*container_port)
        .build()
}

fn to_strategy(item: &CapacityProviderStrategyItem) -> types::CapacityProviderStrategyItem {
    let CapacityProviderStrategyItem { capacity_provider, weight, base } = item;
    types::CapacityProviderStrategyItem::builder()
        .capacity_provider(capacity_provider)
        .weight(*weight)
        .base(*base)
        .build()
        .expect(COMPLETE)
}

pub(in crate::deploy) fn to_deployment(
    configuration: &DeploymentConfiguration,
) -> types::DeploymentConfiguration {
    let DeploymentConfiguration {
        deployment_circuit_breaker: DeploymentCircuitBreaker { enable, rollback },
        maximum_percent,
        minimum_healthy_percent,
    } = configuration;
    let breaker =
        types::DeploymentCircuitBreaker::builder().enable(*enable).rollback(*rollback).build();
    types::DeploymentConfiguration::builder()
        .deployment_circuit_breaker(breaker)
        .maximum_percent(*maximum_percent)
        .minimum_healthy_percent(*minimum_healthy_percent)
        .build()
}

pub(in crate::deploy) fn to_network(
    configuration: &NetworkConfiguration,
) -> types::NetworkConfiguration {
    let NetworkConfiguration { awsvpc } = configuration;
    let AwsVpcConfiguration { subnets, security_groups, assign_public_ip } = awsvpc;
    let groups = (!security_groups.is_empty()).then(|| security_groups.clone());
    let vpc = types::AwsVpcConfiguration::builder()
        .set_subnets(Some(subnets.clone()))
        .set_security_groups(groups)
        .assign_public_ip(types::AssignPublicIp::from(assign_public_ip.as_str()))
        .build();
    types::NetworkConfiguration::builder().set_awsvpc_configuration(vpc.ok()).build()
}

fn to_tag(tag: &Tag) -> types::Tag {
    let Tag { key, value } = tag;
    types::Tag::builder().key(key).value(value).build()
}
