//! The closed list of diagnostic kinds, with the names that `--allow` and `--deny` take.

/// The kind of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each one is")]
pub enum Code {
    BindMount,
    ClampedValue,
    CommandCut,
    DependencyCycle,
    DeprecatedKey,
    DroppedHost,
    DuplicateKey,
    EmptyFile,
    EnvFile,
    EphemeralVolume,
    FargateRule,
    IgnoredKey,
    ImplicitSize,
    Interpolation,
    InvalidName,
    InvalidValue,
    LocalImage,
    LogDriver,
    MergeConflict,
    MissingFact,
    MissingFile,
    MissingImage,
    OtherTask,
    PlainScalar,
    PlaintextSecret,
    PortConflict,
    RequiredVariable,
    SecretOverridesEnvironment,
    SecretReference,
    SeveralFiles,
    Template,
    UncheckedDependency,
    UndefinedReference,
    UnknownKey,
    UnsetVariable,
    UnsupportedKey,
    UnusedReplacement,
    WrongType,
    YamlSyntax,
}

impl Code {
    /// Every kind with its name and, in a phrase, what it stands for.
    pub const TABLE: &[(Self, &str, &str)] = &[
        (
            Self::BindMount,
            "bind-mount",
            "a folder or file of the host that a Fargate task cannot see",
        ),
        (
            Self::ClampedValue,
            "clamped-value",
            "a number that ECS does not take, moved to the nearest it takes",
        ),
        (
            Self::CommandCut,
            "command-cut",
            "a shell operator that ends a command early, as in Docker Compose",
        ),
        (Self::DependencyCycle, "dependency-cycle", "services that wait for each other"),
        (Self::DeprecatedKey, "deprecated-key", "an old spelling that Docker Compose still reads"),
        (Self::DroppedHost, "dropped-host", "a host name of a service that does not run on ECS"),
        (Self::DuplicateKey, "duplicate-key", "a key that stands twice in one mapping"),
        (Self::EmptyFile, "empty-file", "a file without content"),
        (Self::EnvFile, "env-file", "an env file that cannot be read"),
        (
            Self::EphemeralVolume,
            "ephemeral-volume",
            "a volume that every task gets anew, and empty",
        ),
        (Self::FargateRule, "fargate-rule", "a definition that ECS would refuse for Fargate"),
        (Self::IgnoredKey, "ignored-key", "a key without effect on Fargate"),
        (
            Self::ImplicitSize,
            "implicit-size",
            "containers that do not say how much memory they need",
        ),
        (
            Self::Interpolation,
            "interpolation",
            "a `$` expression that Docker Compose does not understand",
        ),
        (Self::InvalidName, "invalid-name", "a name that Docker Compose or ECS does not take"),
        (Self::InvalidValue, "invalid-value", "a value outside of what its key takes"),
        (Self::LocalImage, "local-image", "an image that was only ever built on a laptop"),
        (Self::LogDriver, "log-driver", "a logging driver that Fargate does not have"),
        (Self::MergeConflict, "merge-conflict", "an override that does not fit what it overrides"),
        (Self::MissingFact, "missing-fact", "something only AWS knows and nobody said"),
        (Self::MissingFile, "missing-file", "a file that is not there or cannot be read"),
        (Self::MissingImage, "missing-image", "a service without an image"),
        (
            Self::OtherTask,
            "other-task",
            "a name or a wait that would have to reach into another task",
        ),
        (
            Self::PlainScalar,
            "plain-scalar",
            "a value without quotes that YAML reads as another text than it shows",
        ),
        (Self::PlaintextSecret, "plaintext-secret", "a password that stands in the file"),
        (Self::PortConflict, "port-conflict", "two containers of one task on one port"),
        (Self::RequiredVariable, "required-variable", "a `${V:?}` whose variable is not set"),
        (
            Self::SecretOverridesEnvironment,
            "secret-overrides-environment",
            "a secret that takes the place of a variable of its name",
        ),
        (Self::SecretReference, "secret-reference", "a reference that names no secret"),
        (Self::SeveralFiles, "several-files", "files of which only one is read"),
        (Self::Template, "template", "a `{{…}}` of the overlay that cannot be rendered"),
        (
            Self::UncheckedDependency,
            "unchecked-dependency",
            "a wait for health without a health check",
        ),
        (Self::UndefinedReference, "undefined-reference", "a name that nothing defines"),
        (Self::UnknownKey, "unknown-key", "a key that does not exist"),
        (Self::UnsetVariable, "unset-variable", "a variable that is not set and became empty"),
        (Self::UnsupportedKey, "unsupported-key", "a key that cannot work on Fargate"),
        (Self::UnusedReplacement, "unused-replacement", "something managed that no service names"),
        (Self::WrongType, "wrong-type", "a value of the wrong type"),
        (Self::YamlSyntax, "yaml-syntax", "text that is not YAML"),
    ];

    /// The stable name, as in `error[unknown-key]`.
    pub fn name(self) -> &'static str {
        let row = Self::TABLE.iter().find(|(code, ..)| *code == self);
        row.expect("every kind has a row, as a test checks").1
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(_, it, _)| *it == name).map(|(code, ..)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn every_kind_has_one_row_in_alphabetical_order() {
        let names: Vec<&str> = Code::TABLE.iter().map(|(_, name, _)| *name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        assert_eq!(Code::TABLE.len(), Code::YamlSyntax as usize + 1);
        for (code, name, _) in Code::TABLE {
            assert_eq!((code.name(), Code::parse(name)), (*name, Some(*code)));
        }
    }
}
