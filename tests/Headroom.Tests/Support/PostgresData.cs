using System.Collections.Concurrent;
using Xunit;

namespace Headroom.Tests.Support;

/// <summary>
/// Gives the tests of a class whose name ends with OnPostgresTests a PostgreSQL database for each data directory, signed in to as a role
/// that owns it and may do nothing else; hosts on one directory share it. Such a class is that of the same tests over SQLite, inherited.
/// </summary>
internal static class PostgresData
{
    /// <summary>Anybody's word is taken here; it is to be found nowhere else.</summary>
    public const string Password = "vErY-secret-7;'x";

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Databases = new(StringComparer.Ordinal);
    private static readonly SemaphoreSlim Making = new(1, 1);
    private static int _last;

    public static async Task<IReadOnlyDictionary<string, string?>> SettingsAsync(string directory) =>
        TestContext.Current.TestClass?.TestClassSimpleName.EndsWith("OnPostgresTests", StringComparison.Ordinal) is true
            ? new Dictionary<string, string?>
            {
                ["Headroom:Catalog"] = "postgres",
                ["Headroom:Postgres:ConnectionString"] = await Databases.GetOrAdd(directory, static _ => new Lazy<Task<string>>(async () => await NewAsync(await PostgresServer.SharedAsync()))).Value,
            }
            : new Dictionary<string, string?>();

    public static async Task<IEnumerable<string>> ArgumentsAsync(string directory) => (await SettingsAsync(directory)).Select(setting => $"--{setting.Key}={setting.Value}");

    /// <summary>A new, empty database and the connection string of its owner.</summary>
    public static async Task<string> NewAsync(PostgresServer server)
    {
        var name = $"control{Interlocked.Increment(ref _last)}";
        await Making.WaitAsync();
        try
        {
            await server.ExecuteAsync("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'headroom') THEN CREATE ROLE headroom LOGIN; END IF; END $$");
            await server.ExecuteAsync($"CREATE DATABASE {name} OWNER headroom");
        }
        finally
        {
            Making.Release();
        }

        return ConnectionString(server.Port, name);
    }

    public static string ConnectionString(int port, string database) => $"Host=127.0.0.1;Port={port};Database={database};Username=headroom;Password=\"{Password}\"";
}
