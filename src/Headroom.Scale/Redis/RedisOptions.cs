using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Headroom.Scale.Redis;

/// <summary>Settings under <c>Headroom:Redis</c>; read where <c>Headroom:Cache</c> is redis.</summary>
public sealed class RedisOptions
{
    public const string Section = "Headroom:Redis";

    /// <summary>
    /// Where Redis is and how it is spoken to, in the form of StackExchange.Redis: <c>one:6379,two:6379,password=…,ssl=true</c>.
    /// This, or Endpoints.
    /// </summary>
    public string? Configuration { get; set; }

    /// <summary>Each as host:port; several are the nodes of one Redis.</summary>
    public IList<string> Endpoints { get; } = [];

    /// <summary>With Endpoints; none is the default user.</summary>
    public string? User { get; set; }

    /// <summary>With Endpoints.</summary>
    public string? Password { get; set; }

    /// <summary>With Endpoints: encrypted, default false. Anything that leaves the machine should be.</summary>
    public bool Tls { get; set; }

    /// <summary>What every key begins with, default headroom:. What has another one never meets.</summary>
    [Required]
    [StringLength(100)]
    public string KeyPrefix { get; set; } = "headroom:";

    /// <summary>
    /// Names the installation, whose processes share and with which no other does. Left out it is drawn by chance and kept in the data
    /// directory, in the file <c>installation</c>. Processes of one installation with data directories of their own need to be told the same.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9_-]{1,64}$", ErrorMessage = "Installation must be of 1 to 64 letters, digits, - and _.")]
    public string? Installation { get; set; }

    /// <summary>The longest that connecting may take, in milliseconds; default 2,000. Nobody waits for it.</summary>
    [Range(100, 60_000)]
    public int ConnectTimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>
    /// The longest that a request waits for Redis, in milliseconds; default 250. Then it goes on without, and nobody waits for Redis until
    /// it answers again. Longer bears a slower network, and makes those few wait longer.
    /// </summary>
    [Range(10, 10_000)]
    public int OperationTimeoutMilliseconds { get; set; } = 250;

    /// <summary>
    /// How long an answer stays in Redis at most, in minutes; default 60. It is as long as what an answer counted of a person stays there
    /// after the person was removed. Answers are never given from there unless the store says that they still hold.
    /// </summary>
    [Range(1, 1_440)]
    public int EntryMinutes { get; set; } = 60;

    /// <summary>The largest answer that is sent to Redis or read from it, in KiB; default 1,024. Larger ones stay in the memory of the process.</summary>
    [Range(1, 65_536)]
    public int MaxEntryKilobytes { get; set; } = 1_024;

    internal int MaxEntryBytes => MaxEntryKilobytes * 1_024;

    /// <exception cref="ArgumentException">Configuration has not the form that it must have.</exception>
    internal ConfigurationOptions Connection()
    {
        ConfigurationOptions connection;
        if (!string.IsNullOrWhiteSpace(Configuration))
        {
            connection = ConfigurationOptions.Parse(Configuration);
        }
        else
        {
            connection = new ConfigurationOptions { User = User, Password = Password, Ssl = Tls };
            foreach (var endpoint in Endpoints)
            {
                connection.EndPoints.Add(endpoint);
            }
        }

        connection.AbortOnConnectFail = false;
        connection.AllowAdmin = false;
        connection.ClientName = "headroom";
        connection.ConnectTimeout = ConnectTimeoutMilliseconds;
        connection.AsyncTimeout = OperationTimeoutMilliseconds;
        connection.SyncTimeout = OperationTimeoutMilliseconds;

        // What cannot be sent now is not worth sending later.
        connection.BacklogPolicy = BacklogPolicy.FailFast;
        connection.ReconnectRetryPolicy = new LinearRetry(1_000);
        connection.KeepAlive = 10;
        return connection;
    }
}

[OptionsValidator]
internal sealed partial class RedisOptionsRanges : IValidateOptions<RedisOptions>;

/// <summary>The rest of what settings can have wrong. Never says what is in Configuration: it may have a password.</summary>
internal sealed class RedisOptionsValidator : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        var errors = new List<string>();
        var isText = !string.IsNullOrWhiteSpace(options.Configuration);
        if (isText == (options.Endpoints.Count > 0))
        {
            errors.Add($"Headroom:Cache is redis: set either {RedisOptions.Section}:Configuration or {RedisOptions.Section}:Endpoints, which says where Redis is.");
        }
        else if (isText && (options.User is not null || options.Password is not null || options.Tls))
        {
            errors.Add($"{RedisOptions.Section}:User, Password and Tls go with Endpoints; with {RedisOptions.Section}:Configuration they are part of it (user=, password=, ssl=).");
        }
        else
        {
            try
            {
                if (options.Connection().EndPoints.Count == 0)
                {
                    errors.Add($"{RedisOptions.Section}:Configuration names no server.");
                }
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                errors.Add(isText
                    ? $"{RedisOptions.Section}:Configuration is not of the form host:port,option=value,…, as StackExchange.Redis reads it."
                    : $"{RedisOptions.Section}:Endpoints has an entry that is not of the form host:port.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
