//! What `--help` ends with.

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  compose2ecs init
  compose2ecs init --region eu-west-1 --account 123456789012 --cluster staging --zone example.com
  compose2ecs init --rds mysql=staging-db --elasticache staging-redis
  compose2ecs init --from-service staging/shop
  compose2ecs init --from-ecs-params ecs-params.yml --output -

An overlay that is there is never written over without `--force`.

Exit codes: 0 written, 1 diagnostics, 2 usage, or an overlay is there already, 3 AWS refused";

pub(super) const RENDER_EXAMPLES: &str = "\
Examples:
  compose2ecs render --branch feature/login
  compose2ecs render --branch feature/login --facts facts.json --explain
  compose2ecs render -f compose.yaml -f compose.ci.yaml --overlay staging.yml -o task-definition.json
  compose2ecs render --branch feature/login --online
  docker compose config | compose2ecs render -f - --overlay compose2ecs.yml
  compose2ecs render --branch feature/login --service-definitions --online

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  compose2ecs check --branch feature/login
  compose2ecs check --deny warnings --allow bind-mount --allow plaintext-secret
  compose2ecs check --format json

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused";

pub(super) const CONFIG_EXAMPLES: &str = "\
Examples:
  compose2ecs config
  compose2ecs config -f compose.yaml -f compose.ci.yaml --format json
  compose2ecs config --services

Exit codes: 0 fine, 1 diagnostics, 2 usage";

pub(super) const SUPPORT_EXAMPLES: &str = "\
Examples:
  compose2ecs support
  compose2ecs support deploy healthcheck.interval
  compose2ecs support --file docker-compose.yml
  compose2ecs support --format markdown > keys.md

Exit codes: 0 fine, 2 usage";

pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  compose2ecs schema -o compose2ecs.schema.json

An editor with yaml-language-server (VS Code, Neovim, Helix, JetBrains with a plug-in) uses it in a file whose first line is
  # yaml-language-server: $schema=compose2ecs.schema.json";

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  compose2ecs diff --branch feature/login
  compose2ecs diff --branch feature/login --exit-code --format json

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused; with --exit-code 0 no changes, 2 changes, 1 anything else";

pub(super) const REGISTER_EXAMPLES: &str = "\
Examples:
  compose2ecs register --branch feature/login
  aws ecs update-service --service app --task-definition \"$(compose2ecs register)\"

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused";

pub(super) const UP_EXAMPLES: &str = "\
Examples:
  compose2ecs up --branch feature/login
  compose2ecs up --branch feature/login --commit \"$GITHUB_SHA\" --image app=$REGISTRY/app:$GITHUB_SHA --expires 7d
  compose2ecs up --branch feature/login --branch fix/typo --format json
  compose2ecs up --branch feature/login --dry-run
  compose2ecs up --branch feature/login --sandbox

Exit codes: 0 deployed, 1 diagnostics, 2 usage, 3 AWS refused, 4 deployment failed, 5 timed out";

pub(super) const DOWN_EXAMPLES: &str = "\
Examples:
  compose2ecs down --branch feature/login
  compose2ecs down --branch feature/login --branch fix/typo --yes

Exit codes: 0 gone, 1 diagnostics, 2 usage, 3 AWS refused, 5 timed out";

pub(super) const LS_EXAMPLES: &str = "\
Examples:
  compose2ecs ls
  compose2ecs ls --all-projects --region ap-northeast-1 --format json

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused";

pub(super) const PS_EXAMPLES: &str = "\
Examples:
  compose2ecs ps --branch feature/login
  compose2ecs ps --branch feature/login --format json

Exit codes: 0 fine, 1 diagnostics, 2 usage, 3 AWS refused";

pub(super) const ROLLBACK_EXAMPLES: &str = "\
Examples:
  compose2ecs rollback --branch feature/login
  compose2ecs rollback --branch feature/login --to 12 --keep-revision

Exit codes: 0 back, 1 diagnostics, 2 usage, 3 AWS refused, 4 deployment failed, 5 timed out";

pub(super) const SANDBOX_EXAMPLES: &str = "\
Examples:
  compose2ecs up --branch feature/login --sandbox
  compose2ecs ls --sandbox
  compose2ecs sandbox stop

Exit codes: 0 fine, 2 usage, or the sandbox does not end";
