//! `x-ecs` of a volume.

use serde_json::Value;

use super::form::{flag, object, pattern};

pub(super) fn volume() -> Value {
    object(
        "`x-ecs` of a volume",
        "The file system of Amazon EFS that holds what this volume keeps, for all tasks and branches that name it.",
        vec![
            ("efs", pattern("The file system.", "fs-0123456789abcdef0", "fs-[0-9a-f]{8,40}")),
            (
                "access_point",
                pattern(
                    "The access point to enter it by, which has a root of its own.",
                    "fsap-0123456789abcdef0",
                    "fsap-[0-9a-f]{8,40}",
                ),
            ),
            (
                "root",
                pattern("The folder that becomes the volume; `/` without it.", "/uploads", "/.*"),
            ),
            (
                "iam",
                flag(
                    "Whether the task role decides what the task may do; it needs `roles: { task }`.",
                ),
            ),
            (
                "transit_encryption",
                flag(
                    "Whether the connection is encrypted; `true` without it, as `iam` and `access_point` require.",
                ),
            ),
        ],
    )
}
