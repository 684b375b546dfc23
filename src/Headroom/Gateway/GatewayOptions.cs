using System.Globalization;
using Microsoft.Extensions.Options;

namespace Headroom.Gateway;

/// <summary>Settings of the role gateway, section <c>Headroom:Gateway</c>. Each address is http://host:port or https://host:port.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "Headroom:Gateway";

    /// <summary>Processes with the role capture.</summary>
    public IList<string> Capture { get; } = [];

    /// <summary>Processes with the role query.</summary>
    public IList<string> Query { get; } = [];

    /// <summary>The process with the roles writer and jobs. Several are tried in their order.</summary>
    public IList<string> Writer { get; } = [];

    /// <summary>How often each process is asked whether it is ready, in seconds, 0.1 to 60; default 1.</summary>
    public double HealthSeconds { get; set; } = 1;

    /// <summary>The longest that connecting to a process may take, in milliseconds, 10 to 60,000; default 2,000. Then the next one is tried.</summary>
    public int ConnectTimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>The longest that neither side of a request may say anything, in seconds, 1 to 3,600; default 120. Longer than the longest query.</summary>
    public int IdleSeconds { get; set; } = 120;
}

internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        List<string> errors = [];
        var roles = new[] { (nameof(options.Capture), options.Capture), (nameof(options.Query), options.Query), (nameof(options.Writer), options.Writer) };
        foreach (var (role, addresses) in roles)
        {
            foreach (var address in addresses)
            {
                if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
                {
                    errors.Add($"Headroom:Gateway:{role} has \"{address}\"; an address is http://host:port or https://host:port.");
                }
            }

            if (addresses.Distinct(StringComparer.OrdinalIgnoreCase).Count() < addresses.Count)
            {
                errors.Add($"Headroom:Gateway:{role} names an address twice.");
            }
        }

        if (roles.All(static role => role.Item2.Count == 0))
        {
            errors.Add("Headroom:Gateway:Capture, Query and Writer are empty: say where the processes are, such as Headroom__Gateway__Capture__0=http://10.0.0.5:8080.");
        }

        Range(options.HealthSeconds, 0.1, 60, nameof(options.HealthSeconds));
        Range(options.ConnectTimeoutMilliseconds, 10, 60_000, nameof(options.ConnectTimeoutMilliseconds));
        Range(options.IdleSeconds, 1, 3_600, nameof(options.IdleSeconds));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Range(double value, double least, double most, string setting)
        {
            if (!(value >= least && value <= most))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"Headroom:Gateway:{setting} is {value}; it is from {least} to {most}."));
            }
        }
    }
}
