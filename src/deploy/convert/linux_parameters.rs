//! Our kernel settings <-> those of the AWS client.

use aws_sdk_ecs::types;

use super::{COMPLETE, from_list, to_list};
use crate::ecs::{Device, KernelCapabilities, LinuxParameters, Tmpfs};

pub(super) fn to_linux_parameters(parameters: &LinuxParameters) -> types::LinuxParameters {
    #[rustfmt::skip] // It would give each name a line.
    let LinuxParameters {
        capabilities, devices, init_process_enabled, shared_memory_size, tmpfs, max_swap, swappiness,
    } = parameters;
    types::LinuxParameters::builder()
        .set_capabilities(capabilities.as_ref().map(to_capabilities))
        .set_devices(to_list(devices, to_device))
        .set_init_process_enabled(*init_process_enabled)
        .set_shared_memory_size(*shared_memory_size)
        .set_tmpfs(to_list(tmpfs, to_tmpfs))
        .set_max_swap(*max_swap)
        .set_swappiness(*swappiness)
        .build()
}

pub(super) fn from_linux_parameters(parameters: &types::LinuxParameters) -> LinuxParameters {
    LinuxParameters {
        capabilities: parameters.capabilities.as_ref().map(from_capabilities),
        devices: from_list(parameters.devices(), from_device),
        init_process_enabled: parameters.init_process_enabled,
        shared_memory_size: parameters.shared_memory_size,
        tmpfs: from_list(parameters.tmpfs(), from_tmpfs),
        max_swap: parameters.max_swap,
        swappiness: parameters.swappiness,
    }
}

fn to_capabilities(capabilities: &KernelCapabilities) -> types::KernelCapabilities {
    let KernelCapabilities { add, drop } = capabilities;
    types::KernelCapabilities::builder()
        .set_add(to_list(add, Clone::clone))
        .set_drop(to_list(drop, Clone::clone))
        .build()
}

fn from_capabilities(capabilities: &types::KernelCapabilities) -> KernelCapabilities {
    KernelCapabilities { add: capabilities.add().to_vec(), drop: capabilities.drop().to_vec() }
}

fn to_device(device: &Device) -> types::Device {
    let Device { host_path, container_path, permissions } = device;
    types::Device::builder()
        .host_path(host_path)
        .set_container_path(container_path.clone())
        .set_permissions(to_list(permissions, |it| it.as_str().into()))
        .build()
        .expect(COMPLETE)
}

fn from_device(device: &types::Device) -> Device {
    Device {
        host_path: device.host_path.clone(),
        container_path: device.container_path.clone(),
        permissions: from_list(device.permissions(), ToString::to_string),
    }
}

fn to_tmpfs(tmpfs: &Tmpfs) -> types::Tmpfs {
    let Tmpfs { container_path, size, mount_options } = tmpfs;
    types::Tmpfs::builder()
        .container_path(container_path)
        .size(*size)
        .set_mount_options(to_list(mount_options, Clone::clone))
        .build()
        .expect(COMPLETE)
}

fn from_tmpfs(tmpfs: &types::Tmpfs) -> Tmpfs {
    Tmpfs {
        container_path: tmpfs.container_path.clone(),
        size: tmpfs.size,
        mount_options: tmpfs.mount_options().to_vec(),
    }
}
