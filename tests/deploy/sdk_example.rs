use compose2ecs::deploy::{Connection, Deployer, Error, Request};
use compose2ecs::world::World;
use compose2ecs::{Options, compile};

/// Brings the environment of a branch up and returns its URL.
pub async fn deploy(
    world: &dyn World,
    mut options: Options,
    connection: &Connection,
) -> Result<Option<String>, Vec<Error>> {
    let one = |error| vec![error];
    let deployer = Deployer::connect(connection).await.map_err(one)?;
    // What only AWS knows: the account, endpoints of databases, digests of images.
    while let compilation = compile(world, &options)
        && !compilation.needs.is_empty()
    {
        let found = deployer.lookup(&compilation.needs).await?;
        if options.known.clone().or(found.clone()) == options.known {
            break;
        }
        options.known = options.known.or(found);
    }
    let compilation = compile(world, &options);
    let Some(stack) = compilation.stack else {
        panic!("the files are wrong: {:?}", compilation.diagnostics);
    };
    let request = Request::default();
    let plan = deployer.plan(&stack, &request).await?;
    println!("{}", plan.summary());
    let deployment =
        deployer.deploy(&stack, &request, plan, &|progress| println!("{progress:?}")).await?;
    match deployment.failure {
        Some(error) => Err(vec![error]),
        None => Ok(deployment.url),
    }
}
