using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Headroom.App.Alerting;

/// <summary>Settings under <c>Headroom:Alerting</c>.</summary>
public sealed class AlertingOptions
{
    public const string Section = "Headroom:Alerting";

    /// <summary>What messages call this server; default the machine's name.</summary>
    [Required]
    [StringLength(100)]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>The app's address as people reach it, as https://stats.example.org, for the link in messages; default none.</summary>
    public string? Address { get; set; }

    /// <summary>
    /// Where alerts are posted, with the url and, where wanted, the secret that signs them; default none. Numbered from 0.
    /// </summary>
    public IList<WebhookTarget> Webhooks { get; set; } = [];

    /// <summary>
    /// Whether webhooks and the mail server may be on this machine or in a private network; default true, as many have theirs there, and
    /// only who runs the server sets where they are. Link-local addresses, where clouds answer with credentials, are refused in any case.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; } = true;

    /// <summary>How long something must be well until its alert ends; default 30 s. Shorter tells sooner, and tells what comes and goes more often.</summary>
    public TimeSpan ResolveAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long an alert that fires is told again; default 4 h. Acknowledged ones are not.</summary>
    public TimeSpan RemindAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>A disk is nearly full below this share of it, in percent; default 10. Critical at a quarter of it.</summary>
    [Range(0, 90)]
    public int DiskFreePercent { get; set; } = 10;

    /// <summary>But not while more than these bytes are free; default 10 GiB, so that large disks need not be a tenth empty. 0 turns it off.</summary>
    [Range(0, 1L << 50)]
    public long DiskFreeBytes { get; set; } = 10L << 30;

    /// <summary>Bytes of the log that wait for a consumer; default 1 GiB. 0 turns it off. That events are late is told apart from it, after Headroom:Writing:BehindAfter.</summary>
    [Range(0, 1L << 50)]
    public long LagBytes { get; set; } = 1L << 30;

    /// <summary>Of the requests, or queries, of a minute how many may fail, in percent; default 1. Fewer than five never are an alert.</summary>
    [Range(0, 100)]
    public double ErrorPercent { get; set; } = 1;

    /// <summary>How many days ahead a wall is told; default 30. 0 tells it when it is there.</summary>
    [Range(0, 730)]
    public int WallDays { get; set; } = 30;
}

/// <summary>One webhook.</summary>
public sealed class WebhookTarget
{
    /// <summary>http or https. May hold what is secret; only its host is ever shown.</summary>
    public string Url { get; set; } = "";

    /// <summary>Signs each body, where it is set.</summary>
    public string? Secret { get; set; }
}

/// <summary>Settings under <c>Headroom:Alerting:Email</c>.</summary>
public sealed class AlertingEmailOptions
{
    public const string Section = "Headroom:Alerting:Email";

    /// <summary>Who gets alerts, separated by commas; default nobody, and then no mail is sent.</summary>
    public string? To { get; set; }

    /// <summary>Whom they come from.</summary>
    public string? From { get; set; }

    /// <summary>The mail server (SMTP).</summary>
    public string? Host { get; set; }

    /// <summary>Its port; default 587.</summary>
    [Range(1, 65_535)]
    public int Port { get; set; } = 587;

    /// <summary>With whom to sign in there; default nobody.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>
    /// <c>starttls</c> (default) or <c>tls</c> from the first byte, usually on port 465, or <c>none</c>, for a server on this machine or in
    /// a network that nobody listens in; then no password is sent.
    /// </summary>
    public EmailTls Tls { get; set; } = EmailTls.StartTls;
}

public enum EmailTls
{
    StartTls,
    Tls,
    None,
}

[OptionsValidator]
internal sealed partial class AlertingRangesValidator : IValidateOptions<AlertingOptions>;

[OptionsValidator]
internal sealed partial class AlertingEmailRangesValidator : IValidateOptions<AlertingEmailOptions>;

internal sealed class AlertingOptionsValidator : IValidateOptions<AlertingOptions>
{
    private const int MostWebhooks = 10;

    public ValidateOptionsResult Validate(string? name, AlertingOptions options)
    {
        var errors = new List<string>();
        if (options.ResolveAfter < TimeSpan.FromSeconds(1) || options.ResolveAfter > TimeSpan.FromHours(1))
        {
            errors.Add($"{AlertingOptions.Section}:{nameof(options.ResolveAfter)} must be from 1 s to 1 h.");
        }

        if (options.RemindAfter < TimeSpan.FromMinutes(1) || options.RemindAfter > TimeSpan.FromDays(30))
        {
            errors.Add($"{AlertingOptions.Section}:{nameof(options.RemindAfter)} must be from 1 minute to 30 days.");
        }

        if (options.Address is { Length: > 0 } address && !IsHttp(address))
        {
            errors.Add($"{AlertingOptions.Section}:{nameof(options.Address)} must begin with http:// or https://.");
        }

        if (options.Webhooks.Count > MostWebhooks)
        {
            errors.Add($"{AlertingOptions.Section}:{nameof(options.Webhooks)} are {options.Webhooks.Count}; at most {MostWebhooks}.");
        }

        for (var i = 0; i < options.Webhooks.Count; i++)
        {
            // What is wrong with it is not repeated: it may hold a secret.
            if (!IsHttp(options.Webhooks[i].Url))
            {
                errors.Add($"{AlertingOptions.Section}:{nameof(options.Webhooks)}:{i}:{nameof(WebhookTarget.Url)} must be an address that begins with http:// or https://.");
            }
            else if (new Uri(options.Webhooks[i].Url).UserInfo.Length > 0)
            {
                errors.Add($"{AlertingOptions.Section}:{nameof(options.Webhooks)}:{i}:{nameof(WebhookTarget.Url)} must have no user and password in it.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsHttp(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0;
}

internal sealed class AlertingEmailOptionsValidator : IValidateOptions<AlertingEmailOptions>
{
    public ValidateOptionsResult Validate(string? name, AlertingEmailOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.To))
        {
            return ValidateOptionsResult.Success;
        }

        var errors = new List<string>();
        Check(InternetAddressList.TryParse(options.To, out var to) && to.Mailboxes.Any(), nameof(options.To), "must be addresses, separated by commas.");
        Check(MailboxAddress.TryParse(options.From, out _), nameof(options.From), "must be the address that messages come from.");
        Check(!string.IsNullOrWhiteSpace(options.Host), nameof(options.Host), "must name the mail server.");
        Check(string.IsNullOrEmpty(options.User) == string.IsNullOrEmpty(options.Password), nameof(options.Password), "goes with User: set both or neither.");
        Check(options.Tls != EmailTls.None || string.IsNullOrEmpty(options.Password), nameof(options.Tls), "is none, and a password is not sent in clear: use starttls or tls.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(bool ok, string key, string rule)
        {
            if (!ok)
            {
                errors.Add($"{AlertingEmailOptions.Section}:{key} {rule}");
            }
        }
    }
}
