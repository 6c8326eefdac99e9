//! `efs_volumes`.

use serde_json::{Map, Value as Json};

use super::Reader;
use crate::diagnostic::Reported;
use crate::yaml::Node;
use crate::yaml::decode::{Fields, list};

impl Reader<'_> {
    pub(super) fn efs_volumes(&mut self, node: &Node) -> Result<(), Reported> {
        for item in list(node, "`efs_volumes`", self.diagnostics)? {
            self.efs_volume(item)?;
        }
        Ok(())
    }

    fn efs_volume(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "an item of `efs_volumes`", self.diagnostics)?;
        let [name, id, root, point] = [
            fields.get("name"),
            fields.get("filesystem_id"),
            fields.get("root_directory"),
            fields.get("access_point"),
        ];
        let (encryption, port) =
            (fields.get("transit_encryption"), fields.get("transit_encryption_port"));
        let iam = fields.get("iam");
        fields.finish(self.diagnostics);
        let Some(name) = self.text(name, "`name`") else { return Ok(()) };
        let mut block: Map<String, Json> = Map::new();
        for (key, value) in [
            ("efs", self.text(id, "`filesystem_id`")),
            ("access_point", self.text(point, "`access_point`")),
            ("root", self.text(root, "`root_directory`").filter(|it| it != "/")),
        ] {
            block.extend(value.map(|it| (key.to_owned(), Json::from(it))));
        }
        let is_encrypted = self.switch(encryption, "`transit_encryption`");
        let iam = self.switch(iam, "`iam`").filter(|it| *it);
        block.extend(iam.map(|it| ("iam".to_owned(), Json::from(it))));
        // Access points and IAM need it, and ecs-cli broke down where they came without.
        let needs_it = iam.is_some() || block.contains_key("access_point");
        let plain = is_encrypted != Some(true) && !needs_it;
        if plain {
            block.insert("transit_encryption".to_owned(), Json::from(false));
        }
        if port.is_some() {
            self.remark(format!(
                "`transit_encryption_port` of `{name}`: Fargate chooses the port."
            ));
        }
        if !self.project.volumes.contains_key(&name) {
            self.remark(format!("`efs_volumes`: the Compose file declares no volume `{name}`."));
            return Ok(());
        }
        self.carried.volumes.insert(name, Json::Object(block));
        Ok(())
    }
}
