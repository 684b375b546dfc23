using System.CommandLine;
using System.Globalization;
using Headroom.App.Moving;
using Headroom.Cli.Moving;
using Headroom.Store.Moving;

namespace Headroom.Cli;

/// <summary><c>headroom move</c>.</summary>
internal static class MoveCommand
{
    private const string Lock = "move.lock";

    public static Command Build(Terminal terminal, TimeProvider time)
    {
        var to = new Option<string>("--to") { Description = "A JSON file with the settings that are other ones there, Headroom:DataDirectory among them.", HelpName = "FILE" };
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var settings = Settings();
        var command = new Command("move", """
            Move everything to other engines while the server runs: log, catalog, segments and control data. No request fails, and it can be taken back.

            Run it as the user that the server runs as, with the server's settings. Stopped at any moment, it goes on when it is run again.

            Examples:
              headroom move --to /etc/headroom/new.json --data /var/lib/headroom
              headroom move status --data /var/lib/headroom
              headroom move rollback --data /var/lib/headroom
              headroom move confirm --data /var/lib/headroom
            """)
        { to, data, json, settings };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = Full(parsed.GetValue(data)!);
            var arguments = parsed.GetValue(settings) ?? [];
            using var exclusive = Exclusive(directory);
            var journal = await BeginAsync(directory, parsed.GetValue(to), arguments, time, cancellationToken);
            await using var old = Old(directory, arguments);
            await using var next = Next(journal, arguments, out var overlay);
            var mover = new Mover(old, next, arguments, overlay, time, terminal.Error.WriteLine);
            var done = await mover.MoveAsync(journal with { Parts = mover.Parts }, cancellationToken);
            return Report(terminal, done, parsed.GetValue(json));
        });
        command.Add(Status(terminal));
        command.Add(RollBack(terminal, time));
        command.Add(Confirm(terminal));
        return command;
    }

    private static Command Status(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var json = CommandLine.JsonOption();
        var command = new Command("status", "Tell how far a move has come.") { data, json };
        command.SetAction(parsed => Report(terminal, Require(Full(parsed.GetValue(data)!)), parsed.GetValue(json)));
        return command;
    }

    private static Command RollBack(Terminal terminal, TimeProvider time)
    {
        var data = CommandLine.DataOption();
        var settings = Settings();
        var command = new Command("rollback", """
            Take a move back: give it up before the switch, or bring the old server back with everything that came since, until the move is confirmed.
            """)
        { data, settings };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = Full(parsed.GetValue(data)!);
            var arguments = parsed.GetValue(settings) ?? [];
            using var exclusive = Exclusive(directory);
            var journal = Require(directory);
            if (journal.Phase == MovePhase.Confirmed)
            {
                throw new CommandFailedException("The move was confirmed. What came since is only in the new place; move back with headroom move --to a file with the old engines and a new directory.");
            }

            await using var old = Old(directory, arguments);
            await using var next = Next(journal, arguments, out var overlay);
            await new Mover(old, next, arguments, overlay, time, terminal.Error.WriteLine).RollBackAsync(journal, cancellationToken);
            await terminal.Out.WriteLineAsync($"Rolled back. The server on {directory} answers. What is left in {Left(next)} may be deleted; a new move needs another place or an empty one.");
            return CommandLine.Done;
        });
        return command;
    }

    private static Command Confirm(Terminal terminal)
    {
        var data = CommandLine.DataOption();
        var command = new Command("confirm", "Say that a move is for good. The new log is trimmed again; nothing is deleted.") { data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = Full(parsed.GetValue(data)!);
            using var exclusive = Exclusive(directory);
            var journal = Require(directory);
            if (journal.Phase is not (MovePhase.Moved or MovePhase.Confirmed))
            {
                throw new CommandFailedException($"The move is not done ({journal.Phase}). Run headroom move again.");
            }

            MoveMarks.ClearPin(journal.Data);
            (journal with { Phase = MovePhase.Confirmed }).Write(directory);
            await using var old = Old(directory, []);
            await terminal.Out.WriteLineAsync($"Confirmed. {Left(old)} is not used any more and may be deleted. Start the server on {journal.Data} with its new settings from now on.");
            return CommandLine.Done;
        });
        return command;
    }

    private static int Report(Terminal terminal, MoveJournal journal, bool json)
    {
        if (json)
        {
            terminal.WriteJson(journal, MoveJournalJson.Default.MoveJournal);
            return CommandLine.Done;
        }

        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Move to    {journal.Data}  ({string.Join(", ", journal.Parts)})
            Phase      {journal.Phase}, begun {journal.StartedAt:yyyy-MM-dd HH:mm:ss} UTC
            Copied     {journal.CopiedFiles:N0} files, {journal.CopiedBytes / 1e6:N1} MB, {journal.CopiedRows:N0} rows
            Switched   {(journal.SwitchedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd HH:mm:ss} UTC at offset {journal.SwitchOffset}, held {journal.HeldMilliseconds:N0} ms") : "not yet")}
            """));
        if (journal.Phase == MovePhase.Moved)
        {
            terminal.Out.WriteLine($"\nThe server on {journal.Data} answers (process {journal.Process}). headroom move confirm ends the move, headroom move rollback takes it back.");
        }

        return CommandLine.Done;
    }

    /// <summary>The move that is under way, or a new one, of which nothing is in the way.</summary>
    private static async Task<MoveJournal> BeginAsync(string directory, string? to, string[] arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        if (MoveJournal.Find(directory) is { } under)
        {
            if (to is not null && Full(to) != under.To)
            {
                throw new CommandFailedException($"A move with {under.To} is under way ({under.Phase}). Go on with it, or take it back with headroom move rollback.");
            }

            return under.Phase == MovePhase.Returning
                ? throw new CommandFailedException("The move is being taken back. Run headroom move rollback again.")
                : under;
        }

        var file = Full(to ?? throw new CommandFailedException("--to FILE is needed: the settings to move to.", CommandLine.Usage));
        var target = new ConfigurationBuilder().AddJsonFile(file).Build()["Headroom:DataDirectory"]
            ?? throw new CommandFailedException($"{file} must have Headroom:DataDirectory, a new directory: a move never goes on in the old one.");
        var journal = new MoveJournal(MoveJournal.NewestFormat, MovePhase.Copying, file, Full(target), [], time.GetUtcNow());
        await using var old = Old(directory, arguments);
        await using var next = Next(journal, arguments, out _);
        await RequireApartAsync(old, next, cancellationToken);
        return journal;
    }

    private static async Task RequireApartAsync(MoveSide old, MoveSide next, CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        if (old.DataDirectory == next.DataDirectory)
        {
            wrong.Add("Headroom:DataDirectory is the one that is moved; name a new one.");
        }

        if (MoveMarks.FindMoved(next.DataDirectory) is not null)
        {
            wrong.Add($"{next.DataDirectory} was moved itself; name a new directory.");
        }

        if (next.LogName is null && old.LogDirectory == next.LogDirectory)
        {
            wrong.Add($"Headroom:Log:Directory is {next.LogDirectory} on both sides; the new log needs another one.");
        }

        if (old.Settings["Headroom:Kafka:SpillDirectory"] is { Length: > 0 } spill && spill == next.Settings["Headroom:Kafka:SpillDirectory"])
        {
            wrong.Add($"Headroom:Kafka:SpillDirectory is {spill} on both sides; the new spill needs another one.");
        }

        if (old.Objects is { } from && next.Objects is { } to && from.Place == to.Place)
        {
            wrong.Add($"The segments are in {to.Place} on both sides; name another Headroom:S3:Prefix or Bucket: two catalogs never share one.");
        }

        if (old.Catalog.Is(next.Catalog, old.Database, next.Database))
        {
            wrong.Add($"The catalog is {next.Catalog.Place} on both sides; name another Headroom:Postgres:CatalogSchema.");
        }

        if (old.Settings["Headroom:Redis:Installation"] is { Length: > 0 } name && name == next.Settings["Headroom:Redis:Installation"])
        {
            wrong.Add("Headroom:Redis:Installation is the same on both sides; answers of the two would be taken for each other's.");
        }

        if (old.Settings.GetSection("Kestrel:Endpoints").Exists() || next.Settings.GetSection("Kestrel:Endpoints").Exists())
        {
            wrong.Add("Kestrel:Endpoints are set; addresses are handed over only where they are given by --urls.");
        }

        if (wrong.Count > 0)
        {
            throw new CommandFailedException(string.Join(Environment.NewLine, wrong));
        }

        next.Catalog.Prepare();
        await using (var catalog = await next.Catalog.OpenAsync(cancellationToken))
        {
            if (!await MovedCatalog.IsEmptyAsync(catalog, cancellationToken))
            {
                throw new CommandFailedException($"The catalog {next.Catalog.Place} is not empty, and nothing is overwritten. Name another place.");
            }
        }

        if (next.Objects is { } objects && await objects.FindAsync("owner.txt", cancellationToken) is not null)
        {
            throw new CommandFailedException($"{objects.Place} belongs to an installation already. Name another Headroom:S3:Prefix.");
        }

        if (!old.SharesControl(next))
        {
            await next.PrepareControlAsync(cancellationToken);
            await using var control = await next.OpenControlAsync(cancellationToken);
            if (await control.AskAsync("SELECT 1 FROM project LIMIT 1", cancellationToken) is not [])
            {
                throw new CommandFailedException("The new control data has projects already, and nothing is overwritten. Name another database or directory.");
            }
        }
    }

    private static MoveSide Old(string directory, string[] arguments) => new(DataDirectory.Settings(AppContext.BaseDirectory, arguments), directory);

    private static MoveSide Next(MoveJournal journal, string[] arguments, out IReadOnlyDictionary<string, string> overlay)
    {
        var file = new ConfigurationBuilder().AddJsonFile(journal.To).Build();
        overlay = file.AsEnumerable().Where(static pair => pair.Value is not null).ToDictionary(static pair => Mover.Variable(pair.Key), static pair => pair.Value!);
        return new MoveSide(
            new ConfigurationBuilder().AddConfiguration(DataDirectory.Settings(AppContext.BaseDirectory, arguments)).AddConfiguration(file).Build(), journal.Data);
    }

    private static MoveJournal Require(string directory) =>
        MoveJournal.Find(directory) ?? throw new CommandFailedException($"Nothing is moved from {directory}: it has no {MoveJournal.FileName}.");

    private static string Left(MoveSide side) =>
        $"{side.DataDirectory}{(side.Objects is { } objects ? $", {objects.Place}" : "")}{(side.Database is { } database ? $", {side.Catalog.Place} of {database}" : "")}";

    private static FileStream Exclusive(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CommandFailedException($"There is no data of Headroom in {directory}. Name the data directory with --data.");
        }

        try
        {
            return new FileStream(Path.Combine(directory, Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"Another headroom move works on {directory} ({e.Message})");
        }
    }

    private static Argument<string[]> Settings()
    {
        var settings = new Argument<string[]>("SETTINGS") { Description = "Settings that the server was started with, as --Section:Key=value.", Arity = ArgumentArity.ZeroOrMore };
        settings.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens.Where(static t => !t.Value.StartsWith("--", StringComparison.Ordinal) || !t.Value.Contains(':', StringComparison.Ordinal) || !t.Value.Contains('=')))
            {
                result.AddError($"\"{token.Value}\" is neither an option nor a setting such as --Section:Key=value.");
            }
        });
        return settings;
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
