using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Headroom.Store.ClickHouse;

/// <summary>ClickHouse as what answers insights, section <c>Headroom:ClickHouse</c>; used where <see cref="Url"/> is set.</summary>
public sealed class ClickHouseOptions
{
    public const string Section = "Headroom:ClickHouse";

    /// <summary>Address of its HTTP interface, such as http://clickhouse.example.org:8123; empty (the default) leaves ClickHouse out.</summary>
    public string Url { get; set; } = "";

    /// <summary>Its user, default "default"; may make and drop tables of the database.</summary>
    public string User { get; set; } = "default";

    /// <summary>The user's password, empty by default.</summary>
    public string Password { get; set; } = "";

    /// <summary>The database for the tables, default headroom; made where it is not there. Never shared by two installations.</summary>
    public string Database { get; set; } = "headroom";

    /// <summary>
    /// The cluster on which tables are sharded and replicated, as the server's configuration names it; its servers have the macros shard and
    /// replica. Empty (the default) keeps all on the one server. Cannot be changed for tables that are there.
    /// </summary>
    public string Cluster { get; set; } = "";

    /// <summary>Memory that one query may use in ClickHouse, on each of its servers; default 4096 MiB, at least 256.</summary>
    public int QueryMemoryMegabytes { get; set; } = 4096;

    /// <summary>
    /// Statements that this process runs there at once, 1 to 1,000, default 8, one project all but one of them. The rest waits, with those of one project
    /// <c>Headroom:Store:MaxQueuedQueries</c> at the most. More shortens the queue, and gives each less of ClickHouse's processors.
    /// </summary>
    public int MaxConcurrentQueries { get; set; } = 8;

    internal ClickHouseBounds Bounds => new((long)QueryMemoryMegabytes << 20, MaxConcurrentQueries);

    internal ClickHousePlace Place => new(Database, Cluster.Length == 0 ? null : Cluster);

    internal string ConnectionString
    {
        get
        {
            var url = new Uri(Url);
            return new DbConnectionStringBuilder
            {
                ["Host"] = url.Host,
                ["Port"] = url.Port.ToString(CultureInfo.InvariantCulture),
                ["Protocol"] = url.Scheme,
                ["Username"] = User,
                ["Password"] = Password,
                ["Compression"] = "false",
            }.ConnectionString;
        }
    }
}

internal sealed class ClickHouseOptionsValidator : IValidateOptions<ClickHouseOptions>
{
    public ValidateOptionsResult Validate(string? name, ClickHouseOptions options)
    {
        var errors = new List<string>();
        Check(Uri.TryCreate(options.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { UserInfo.Length: 0, PathAndQuery: "/" },
            "Headroom:ClickHouse:Url must be an address with http or https, without a user name and a path, such as http://127.0.0.1:8123.");
        Check(options.User.Length > 0, "Headroom:ClickHouse:User must name a user.");
        Check(IsName(options.Database), "Headroom:ClickHouse:Database must be of ASCII letters, digits and _.");
        Check(options.Cluster.Length == 0 || IsName(options.Cluster), "Headroom:ClickHouse:Cluster must be of ASCII letters, digits and _.");
        Check(options.QueryMemoryMegabytes is >= 256 and <= 1 << 20, "Headroom:ClickHouse:QueryMemoryMegabytes must be from 256 to 1048576.");
        Check(options.MaxConcurrentQueries is >= 1 and <= 1000, "Headroom:ClickHouse:MaxConcurrentQueries must be from 1 to 1000.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

        void Check(bool ok, string error)
        {
            if (!ok)
            {
                errors.Add(error);
            }
        }
    }
}
