use compose2ecs::deploy::{Connection, Deployer, Error, Request};
use compose2ecs::world::World;
use compose2ecs::{Options, compile};

/// Brings the environment of a branch up and returns its URL.
pub async fn deploy(
    world: &dyn World,
    mut options: Options,
    connection: &Connection,
) -> Result<Option<String>, Vec<Error>> {
    let deployer = Deployer::connect(connection).await.map_err(|error| vec![error])?;
    // What only AWS knows: endpoints of databases, digests of images. The account may have to be known before the images.
    for _ in 0..2 {
        let needs = compile(world, &options).needs;
        options.known = deployer.lookup(&needs).await?.or(options.known);
    }
    let compilation = compile(world, &options);
    let Some(stack) = compilation.stack else {
        panic!("the files are wrong: {:?}", compilation.diagnostics);
    };
    let request = Request::default();
    let plan = deployer.plan(&stack, &request).await?;
    println!("{}", plan.summary());
    let listener = |progress: compose2ecs::deploy::Progress<'_>| println!("{progress:?}");
    let deployment = deployer.deploy(&stack, &request, plan, &listener).await?;
    match deployment.failure {
        Some(error) => Err(vec![error]),
        None => Ok(deployment.url),
    }
}
