return await Headroom.Cli.CommandLine.RunAsync(args, Headroom.Cli.Terminal.Standard(), CancellationToken.None);
