return args is [Headroom.Store.Sql.SqlWorker.Argument]
    ? Headroom.Store.Sql.SqlWorker.Run()
    : await Headroom.Cli.CommandLine.RunAsync(args, Headroom.Cli.Terminal.Standard(), CancellationToken.None);
