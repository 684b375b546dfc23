using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headroom.Bench.Queries;

/// <summary>A real PostgreSQL with indexes that hold all that the questions read.</summary>
internal sealed class PostgresPeer : IPeer
{
    private const string User = "postgres";
    private const string LoadedFile = "loaded with sessions";
    private readonly string _programs;
    private readonly string _directory;
    private readonly int _port;
    private int _postmaster;

    private PostgresPeer(string programs, string directory)
    {
        (_programs, _directory) = (programs, directory);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public string Name => "PostgreSQL";

    public string Description => "PostgreSQL: a table with seven columns, covering indexes on (event, ts), (ts) and, with what sessions are made of, (ts), vacuumed, 512 MB of buffers, 256 MB to sort and hash, 2 parallel workers";

    public TimeSpan ProcessorTime
    {
        get
        {
            long ticks = 0;
            foreach (var directory in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Fields(id) is { } fields)
                {
                    // The postmaster's own includes that of its processes that have ended.
                    ticks += id == _postmaster ? fields[11..15].Sum(long.Parse) : fields[1] == _postmaster.ToString(CultureInfo.InvariantCulture) ? fields[11..13].Sum(long.Parse) : 0;
                }
            }

            return TimeSpan.FromMilliseconds(ticks * 10);
        }
    }

    /// <param name="load">Writes the events as a CSV file.</param>
    public static async Task<PostgresPeer> OpenAsync(string directory, Action<string> load)
    {
        var programs = Programs();
        if (programs is null)
        {
            if (Environment.UserName != "root")
            {
                throw new InvalidOperationException("PostgreSQL is missing. Install it with:  sudo apt-get install -y --no-install-recommends postgresql");
            }

            await Console.Error.WriteLineAsync("installing PostgreSQL");
            await Tools.RunAsync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "postgresql"]);
            programs = Programs() ?? throw new InvalidOperationException("PostgreSQL was installed but is not under /usr/lib/postgresql.");
        }

        var peer = new PostgresPeer(programs, directory);
        var loaded = Path.Combine(directory, LoadedFile);
        var data = Path.Combine(directory, "data");
        if (!File.Exists(loaded))
        {
            if (Directory.Exists(data))
            {
                Directory.Delete(data, recursive: true);
            }

            Directory.CreateDirectory(directory);
            await Console.Error.WriteLineAsync("loading PostgreSQL");
            if (Environment.UserName == "root")
            {
                await Tools.RunAsync("chown", [User, directory]);
            }

            await peer.ServerAsync("initdb", "-D", data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
        }

        // The server may not reach the directory from where it is, so it goes by its own.
        await peer.ServerAsync("pg_ctl", "-D", data, "-w", "-l", Path.Combine(directory, "log"), "-o", string.Create(CultureInfo.InvariantCulture,
            $"-p {peer._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -c fsync=off -c shared_buffers=512MB -c work_mem=256MB -c maintenance_work_mem=512MB -c max_wal_size=4GB -c max_parallel_workers_per_gather=2 -c effective_cache_size=2GB -c random_page_cost=1.1 -c timezone=UTC"), "start");
        peer._postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        if (!File.Exists(loaded))
        {
            var file = Path.Combine(directory, "events.csv");
            load(file);
            await peer.SqlAsync("CREATE TABLE events (ts timestamp NOT NULL, event text NOT NULL, person bigint NOT NULL, country text, path text, session uuid NOT NULL, created timestamp NOT NULL)");
            await peer.SqlAsync($"\\copy events FROM '{file}' WITH (FORMAT csv)");
            File.Delete(file);
            await peer.SqlAsync("CREATE INDEX ON events (event, ts) INCLUDE (person, country, path)");
            await peer.SqlAsync("CREATE INDEX ON events (ts) INCLUDE (person)");
            await peer.SqlAsync("CREATE INDEX ON events (ts) INCLUDE (event, session, person, path, created)");
            await peer.SqlAsync("VACUUM ANALYZE events");
            await File.WriteAllTextAsync(loaded, "");
        }

        return peer;
    }

    public string Statement(Question question) => question.Postgres;

    public async Task<PeerAnswer> AskAsync(string statement)
    {
        // The last line is psql's own measure, without its start.
        var lines = (await SqlAsync("\\timing on", statement)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var time = double.Parse(lines[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        return new PeerAnswer([.. lines[1..^1].Select(line => line.Split('\t'))], TimeSpan.FromMilliseconds(time));
    }

    public async ValueTask DisposeAsync() => await ServerAsync("pg_ctl", "-D", Path.Combine(_directory, "data"), "-m", "fast", "-w", "stop");

    private static string? Programs() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    /// <summary>What follows a process' name in its line of times: its state, its parent …; null where it has ended.</summary>
    private static string[]? Fields(int id)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The server does not run as root.</summary>
    private Task<string> ServerAsync(string program, params IEnumerable<string> arguments) => Environment.UserName == "root"
        ? Tools.RunAsync("su", [User, "-c", string.Join(' ', arguments.Prepend(Path.Combine(_programs, program)).Select(a => $"'{a}'"))])
        : Tools.RunAsync(Path.Combine(_programs, program), arguments);

    private Task<string> SqlAsync(params IEnumerable<string> statements) => Tools.RunAsync(
        Path.Combine(_programs, "psql"),
        ["-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", User, .. statements.SelectMany(s => new[] { "-c", s })]);
}
