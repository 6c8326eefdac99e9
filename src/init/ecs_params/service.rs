//! `services`: what ecs-cli is told of one container.

use serde_json::{Map, Value as Json, json};

use super::{CarriedService, Reader, text};
use crate::diagnostic::{Code, Diagnostic, Reported};
use crate::init::page::Entry;
use crate::yaml::Node;
use crate::yaml::decode::{Fields, boolean, list, mapping, number, string};

impl Reader<'_> {
    pub(super) fn service(&mut self, name: &str, node: &Node) -> Result<CarriedService, Reported> {
        let owner = format!("the service `{name}`");
        let mut fields = Fields::new(node, &owner, self.diagnostics)?;
        let (essential, init) = (fields.get("essential"), fields.get("init_process_enabled"));
        let (cpu, gpu) = (fields.get("cpu_shares"), fields.get("gpu"));
        let memory = (fields.get("mem_limit"), fields.get("mem_reservation"));
        let (secrets, waits) = (fields.get("secrets"), fields.get("depends_on"));
        let [credentials, firelens, check, logging] = [
            fields.get("repository_credentials"),
            fields.get("firelens_configuration"),
            fields.get("healthcheck"),
            fields.get("logging"),
        ];
        fields.finish(self.diagnostics);
        let mut service = CarriedService::default();
        if init
            .is_some_and(|it| boolean(it, "`init_process_enabled`", self.diagnostics) == Ok(true))
        {
            service.compose.push(Entry::flow("init", true));
        }
        if let Some(Ok(essential)) =
            essential.map(|it| boolean(it, "`essential`", self.diagnostics))
        {
            service.extension.push(Entry::flow("essential", essential));
        }
        self.resources((cpu, memory), &mut service);
        if gpu.is_some() {
            self.remark(format!("`gpu` of `{name}`: Fargate has no GPUs."));
        }
        secrets.map_or(Ok(()), |it| self.secrets(it, &mut service))?;
        waits.map_or(Ok(()), |it| self.depends_on(it, &mut service))?;
        check.map_or(Ok(()), |it| self.healthcheck(it, &mut service))?;
        credentials.map_or(Ok(()), |it| self.credentials(it, &mut service))?;
        firelens.map_or(Ok(()), |it| self.firelens(it, &mut service))?;
        logging.map_or(Ok(()), |it| self.logging(it, &mut service))?;
        Ok(service)
    }

    fn resources(
        &mut self,
        (cpu, (limit, reservation)): (Option<&Node>, (Option<&Node>, Option<&Node>)),
        service: &mut CarriedService,
    ) {
        let units = cpu.and_then(|it| number(it, "`cpu_shares`", self.diagnostics).ok());
        if let Some(units) = units.filter(|it| it.value > 0) {
            service.extension.push(Entry::flow("cpu", units.value));
        }
        for (key, own, node) in [
            ("memory", "`mem_limit`", limit),
            ("memory_reservation", "`mem_reservation`", reservation),
        ] {
            let Some(given) = node.and_then(text::scalar) else { continue };
            // A number without a unit is bytes.
            match crate::compose::resources::bytes(&given.value).map(|it| it / 1024 / 1024) {
                Some(0) => {
                    let help =
                        "that is less than 1 MiB: a number without a unit is bytes, write `512m`";
                    self.refuse(&given, own, help);
                }
                Some(mebibytes) => service.extension.push(Entry::flow(key, mebibytes)),
                None => self.refuse(&given, own, "write bytes, or `512m`"),
            }
        }
    }

    /// `value_from` is an ARN, or the name of a parameter of Systems Manager.
    fn secrets(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut secrets = Map::new();
        for (name, from) in self.pairs(node, "`secrets`")? {
            let reference = if from.starts_with("arn:") { from } else { format!("ssm:{from}") };
            secrets.insert(name, Json::from(reference));
        }
        service.extension.push(Entry::flow("secrets", secrets));
        Ok(())
    }

    /// Items of `name` and `value_from`.
    fn pairs(&mut self, node: &Node, owner: &str) -> Result<Vec<(String, String)>, Reported> {
        let mut pairs = Vec::new();
        for item in list(node, owner, self.diagnostics)? {
            let what = format!("an item of {owner}");
            let mut fields = Fields::new(item, &what, self.diagnostics)?;
            let (name, from) = (fields.get("name"), fields.get("value_from"));
            fields.finish(self.diagnostics);
            let (name, from) = (self.text(name, "`name`"), self.text(from, "`value_from`"));
            let (Some(name), Some(from)) = (name, from) else {
                let message = format!("{what} needs `name` and `value_from`");
                let error = Diagnostic::error(Code::InvalidValue, item.span, message);
                self.diagnostics.report(error);
                continue;
            };
            pairs.push((name, from));
        }
        Ok(pairs)
    }

    /// Compose has words for all conditions but `COMPLETE`.
    fn depends_on(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut waits: Map<String, Json> = Map::new();
        let mut raw = Vec::new();
        for item in list(node, "`depends_on`", self.diagnostics)? {
            let mut fields = Fields::new(item, "an item of `depends_on`", self.diagnostics)?;
            let (name, condition) = (fields.get("container_name"), fields.get("condition"));
            fields.finish(self.diagnostics);
            let Some(name) = name else { continue };
            let name = string(name, "`container_name`", self.diagnostics)?;
            if !self.project.services.contains_key(&name.value) {
                let message = format!("`depends_on` names `{}`, which does not exist", name.value);
                let warning = Diagnostic::warning(Code::UndefinedReference, name.span, message);
                self.diagnostics.add(self.with_services(warning, &name.value));
                continue;
            }
            let condition = condition.and_then(text::scalar);
            let word = match condition.as_ref().map_or("START", |it| it.value.as_str()) {
                "START" => "service_started",
                "HEALTHY" => "service_healthy",
                "SUCCESS" => "service_completed_successfully",
                "COMPLETE" => {
                    raw.push(json!({ "containerName": name.value.replace('.', "-"), "condition": "COMPLETE" }));
                    continue;
                }
                _ => {
                    if let Some(found) = &condition {
                        self.refuse(
                            found,
                            "`condition`",
                            "write `START`, `HEALTHY`, `COMPLETE` or `SUCCESS`",
                        );
                    }
                    continue;
                }
            };
            waits.insert(name.value, json!({ "condition": word }));
        }
        if !waits.is_empty() {
            service.compose.push(Entry::flow("depends_on", waits));
        }
        if !raw.is_empty() {
            service.container_definition.insert("dependsOn".to_owned(), Json::Array(raw));
        }
        Ok(())
    }

    fn healthcheck(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`healthcheck`", self.diagnostics)?;
        let test = fields.get("test");
        let test = fields.get("command").or(test);
        let retries = fields.get("retries");
        let times = ["interval", "timeout", "start_period"].map(|key| (key, fields.get(key)));
        fields.finish(self.diagnostics);
        let mut check: Map<String, Json> = Map::new();
        if let Some(test) = test {
            let items = test.as_sequence().map(|items| {
                items.iter().filter_map(|it| Some(text::scalar(it)?.value)).collect::<Vec<_>>()
            });
            let value = match items {
                Some(words) => json!(words),
                None => json!(string(test, "`test`", self.diagnostics)?.value),
            };
            check.insert("test".to_owned(), value);
        }
        for (key, node) in times {
            let time = node.and_then(text::duration);
            check.extend(time.map(|it| (key.to_owned(), Json::from(it))));
        }
        let retries = retries.and_then(|it| number(it, "`retries`", self.diagnostics).ok());
        check.extend(retries.map(|it| ("retries".to_owned(), Json::from(it.value))));
        service.compose.push(Entry::flow("healthcheck", check));
        Ok(())
    }

    fn credentials(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`repository_credentials`", self.diagnostics)?;
        let parameter = fields.get("credentials_parameter");
        fields.finish(self.diagnostics);
        if let Some(parameter) = self.text(parameter, "`credentials_parameter`") {
            let value = json!({ "credentialsParameter": parameter });
            service.container_definition.insert("repositoryCredentials".to_owned(), value);
        }
        Ok(())
    }

    fn firelens(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`firelens_configuration`", self.diagnostics)?;
        let (kind, options) = (fields.get("type"), fields.get("options"));
        fields.finish(self.diagnostics);
        let mut value = Map::new();
        value.extend(self.text(kind, "`type`").map(|it| ("type".to_owned(), Json::from(it))));
        if let Some(options) = options {
            let options = mapping(options, "`options`", self.diagnostics)?;
            let pairs = options.iter().filter_map(|(key, it)| {
                Some((key.clone(), Json::from(text::scalar(&it.node)?.value)))
            });
            value.insert("options".to_owned(), Json::Object(pairs.collect()));
        }
        service.container_definition.insert("firelensConfiguration".to_owned(), value.into());
        Ok(())
    }

    fn logging(&mut self, node: &Node, service: &mut CarriedService) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`logging`", self.diagnostics)?;
        let options = fields.get("secret_options");
        fields.finish(self.diagnostics);
        let Some(options) = options else { return Ok(()) };
        let pairs = self.pairs(options, "`secret_options`")?;
        let pairs: Vec<Json> = pairs
            .into_iter()
            .map(|(name, from)| json!({ "name": name, "valueFrom": from }))
            .collect();
        let value = json!({ "secretOptions": pairs });
        service.container_definition.insert("logConfiguration".to_owned(), value);
        Ok(())
    }
}
