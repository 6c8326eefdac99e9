//! The closed list of diagnostic kinds, with the names that `--allow` and `--deny` take.

/// The kinds from one table, so that a kind without a name or a phrase cannot be written.
macro_rules! codes {
    ($($kind:ident $name:literal $phrase:literal,)+) => {
        /// The kind of a diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $phrase] $kind,)+
        }

        impl Code {
            /// Every kind with its name and, in a phrase, what it stands for.
            pub const TABLE: &[(Self, &str, &str)] = &[$((Self::$kind, $name, $phrase),)+];

            /// The stable name, as in `error[unknown-key]`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

codes! {
    Architecture "architecture" "an image for another processor than that of its task",
    BindMount "bind-mount" "a folder or file of the host that a Fargate task cannot see",
    ClampedValue "clamped-value" "a number that ECS does not take, moved to the nearest it takes",
    CommandCut "command-cut" "a shell operator that ends a command early, as in Docker Compose",
    DependencyCycle "dependency-cycle" "services that wait for each other",
    DeprecatedKey "deprecated-key" "an old spelling that Docker Compose still reads",
    DroppedHost "dropped-host" "a host name of a service that does not run on ECS",
    DuplicateKey "duplicate-key" "a key that stands twice in one mapping",
    EmbeddedSecret "embedded-secret" "a password inside of a longer text, where no secret can be put",
    EmptyFile "empty-file" "a file without content",
    EnvFile "env-file" "an env file that cannot be read",
    EphemeralVolume "ephemeral-volume" "a volume that every task gets anew, and empty",
    FargateRule "fargate-rule" "a definition that ECS would refuse for Fargate",
    FileDelivery "file-delivery" "a file that gets into its container at a price, or not at all",
    FloatingTag "floating-tag" "an image that may be another one tomorrow",
    HiddenCredentials "hidden-credentials" "a program that is started without the variable that leads to the role of its task",
    IgnoredKey "ignored-key" "a key without effect on Fargate",
    ImplicitSize "implicit-size" "containers that do not say how much memory they need",
    IngressPort "ingress-port" "a way in to a port that its container hardly listens on",
    Interpolation "interpolation" "a `$` expression that Docker Compose does not understand",
    InvalidName "invalid-name" "a name that Docker Compose or ECS does not take",
    InvalidValue "invalid-value" "a value outside of what its key takes",
    LocalImage "local-image" "an image that was only ever built on a laptop",
    LogDriver "log-driver" "a logging driver that Fargate does not have",
    MergeConflict "merge-conflict" "an override that does not fit what it overrides",
    MissingFact "missing-fact" "something only AWS knows and nobody said",
    MissingFile "missing-file" "a file that is not there or cannot be read",
    MissingImage "missing-image" "a service without an image",
    OneOffJob "one-off-job" "a container that ends by itself, where one that goes on is expected",
    OtherTask "other-task" "a name or a wait that reaches into another task",
    PlainScalar "plain-scalar" "a value without quotes that YAML reads as another text than it shows",
    PlaintextSecret "plaintext-secret" "a password that stands in the file",
    PortConflict "port-conflict" "two containers of one task on one port",
    ReplacementDiffers "replacement-differs" "something managed that is not reached as its stand-in was",
    RequiredVariable "required-variable" "a `${V:?}` whose variable is not set",
    SecretOverridesEnvironment "secret-overrides-environment" "a secret that takes the place of a variable of its name",
    SecretReference "secret-reference" "a reference that names no secret",
    SeveralFiles "several-files" "files of which only one is read",
    TargetHealth "target-health" "a load balancer that is not told how a service shows that it works",
    TaskRole "task-role" "something of AWS that only a task with a role reaches",
    Template "template" "a `{{…}}` of the overlay that cannot be rendered",
    UncheckedDependency "unchecked-dependency" "a wait for health without a health check",
    UndefinedReference "undefined-reference" "a name that nothing defines",
    UnknownKey "unknown-key" "a key that does not exist",
    UnresolvedHost "unresolved-host" "a host name in a file, in which nothing is rewritten",
    UnsetVariable "unset-variable" "a variable that is not set and became empty",
    UnsupportedKey "unsupported-key" "a key that cannot work on Fargate",
    UnusedReplacement "unused-replacement" "something managed that no service names",
    WithoutService "without-service" "a task that no service keeps running, and no service definition stands for",
    WrongType "wrong-type" "a value of the wrong type",
    YamlSyntax "yaml-syntax" "text that is not YAML",
}

impl Code {
    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(_, it, _)| *it == name).map(|(code, ..)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn names_are_unique_and_in_alphabetical_order() {
        let names: Vec<&str> = Code::TABLE.iter().map(|(_, name, _)| *name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }

    #[test]
    fn every_name_is_read_back() {
        for (code, name, _) in Code::TABLE {
            assert_eq!(Code::parse(name), Some(*code));
        }
        assert_eq!(Code::parse("nonsense"), None);
    }
}
