using System.Globalization;
using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Tests.ObjectStorage;
using Headroom.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(ChosenStore))]

namespace Headroom.Tests.Support;

/// <summary>
/// What the stores of tests are made of where a test does not say: HEADROOM_TEST_STORE, <c>disk</c> when not set (a catalog in SQLite and
/// files on disk), or <c>postgres-s3</c> (a real PostgreSQL and a real S3 server, both shared, each store with a schema and a prefix of its own).
/// </summary>
public sealed class ChosenStore : IAsyncDisposable
{
    /// <summary>Bytes of files kept here over S3: few enough that most questions fetch some.</summary>
    internal const long RoomForFiles = 100_000;

    /// <summary>Percent of a test's random cases that are tried over PostgreSQL and S3, where each costs some ten times as much.</summary>
    private const int DefaultPercent = 10;

    private static readonly Lazy<Task<S3Server>> s_s3 = new(static () => S3Server.StartAsync(S3Server.Node));
    private static int s_last;

    internal static bool IsPostgresS3 { get; } = Environment.GetEnvironmentVariable("HEADROOM_TEST_STORE") switch
    {
        null or "" or "disk" => false,
        "postgres-s3" => true,
        var other => throw new InvalidOperationException($"HEADROOM_TEST_STORE is \"{other}\"; it is disk or postgres-s3."),
    };

    /// <summary>How many of so many random cases are tried over the chosen store: all on disk, HEADROOM_TEST_STORE_PERCENT of them over PostgreSQL and S3, and at least two.</summary>
    internal static int Cases(int cases) => IsPostgresS3 ? Math.Max(2, cases * Percent / 100) : cases;

    private static int Percent => int.TryParse(Environment.GetEnvironmentVariable("HEADROOM_TEST_STORE_PERCENT"), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
        ? percent
        : DefaultPercent;

    /// <summary>The servers, started with the first store. A store is made in a constructor, so they are waited for here.</summary>
    internal static (PostgresServer Postgres, S3ObjectStore Objects) Take()
    {
        var postgres = Task.Run(PostgresServer.SharedAsync).GetAwaiter().GetResult();
        var s3 = Task.Run(static () => s_s3.Value).GetAwaiter().GetResult();
        return (postgres, new S3ObjectStore(s3.Options($"chosen-{Interlocked.Increment(ref s_last)}"), TimeProvider.System));
    }

    public async ValueTask DisposeAsync()
    {
        if (s_s3.IsValueCreated)
        {
            await (await s_s3.Value).DisposeAsync();
        }
    }
}
