return args is [Headroom.Store.Sql.SqlWorker.Argument, .. var rest]
    ? Headroom.Store.Sql.SqlWorker.Run(rest)
    : await Headroom.Cli.CommandLine.RunAsync(args, Headroom.Cli.Terminal.Standard(), CancellationToken.None);
