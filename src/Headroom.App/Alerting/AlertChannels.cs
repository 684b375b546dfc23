using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Headroom.App.Alerting;

/// <summary>What became of one try.</summary>
/// <param name="Said">For a person; holds nothing secret.</param>
/// <param name="RetryHelps">False where the other side refused for good.</param>
internal sealed record Delivery(bool Ok, string Said, bool RetryHelps = true);

/// <summary>A way on which messages leave.</summary>
internal interface IAlertChannel
{
    string Name { get; }

    /// <summary>To whom, without anything secret.</summary>
    string Target { get; }

    /// <summary>How long one try may take.</summary>
    TimeSpan Longest { get; }

    /// <summary>One try. Fails with a value; throws only where it is cancelled.</summary>
    Task<Delivery> SendAsync(AlertMessage message, CancellationToken cancellationToken);
}

/// <summary>By the operator's mail server.</summary>
internal sealed class EmailChannel(AlertingEmailOptions options, bool allowPrivate) : IAlertChannel
{
    public string Name => "email";

    public string Target => options.To!;

    // Some mail servers keep strangers waiting for their greeting on purpose.
    public TimeSpan Longest => TimeSpan.FromSeconds(15);

    public async Task<Delivery> SendAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        try
        {
            using var mail = new MimeMessage();
            mail.From.Add(MailboxAddress.Parse(options.From!));
            mail.To.AddRange(InternetAddressList.Parse(options.To!));
            mail.Subject = message.Subject;
            mail.Date = message.At;
            mail.Headers.Add("Auto-Submitted", "auto-generated");
            mail.Body = new TextPart("plain") { Text = message.Text };
            using var client = new SmtpClient { CheckCertificateRevocation = false };
            using var socket = await OutboundAddress.ConnectAsync(options.Host!, options.Port, allowPrivate, cancellationToken);
            await client.ConnectAsync(socket, options.Host!, options.Port, options.Tls switch
            {
                EmailTls.Tls => SecureSocketOptions.SslOnConnect,
                EmailTls.None => SecureSocketOptions.None,
                _ => SecureSocketOptions.StartTls,
            }, cancellationToken);
            if (options.User is { Length: > 0 } user)
            {
                await client.AuthenticateAsync(user, options.Password!, cancellationToken);
            }

            var said = await client.SendAsync(mail, cancellationToken);
            await client.DisconnectAsync(quit: true, cancellationToken);
            return new Delivery(true, Short(said.Length == 0 ? "Taken." : said));
        }
        catch (AuthenticationException)
        {
            return new Delivery(false, "The mail server does not take this user and password.", RetryHelps: false);
        }
        catch (SmtpCommandException e)
        {
            return new Delivery(false, Short(string.Create(CultureInfo.InvariantCulture, $"The mail server said {(int)e.StatusCode} {e.Message}")), (int)e.StatusCode < 500);
        }
        catch (SslHandshakeException)
        {
            return new Delivery(false, "No secure connection could be made with the mail server: see its certificate, its port and Headroom:Alerting:Email:Tls.");
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolException or ServiceNotConnectedException or NotSupportedException or AddressRefusedException)
        {
            return new Delivery(false, Short(e.Message));
        }
    }

    private static string Short(string said) => AlertTexts.Line(said, 200);
}

/// <summary>By a POST of <see cref="WebhookBody"/>, signed where there is a secret. Redirects are not followed.</summary>
internal sealed class WebhookChannel : IAlertChannel, IDisposable
{
    public const string Signature = "X-Headroom-Signature";
    private const int MostContent = 1_900;
    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly byte[]? _secret;

    public WebhookChannel(int number, WebhookTarget target, bool allowPrivate)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"webhook:{number}");
        _url = new Uri(target.Url);
        Target = _url.IsDefaultPort ? _url.Host : string.Create(CultureInfo.InvariantCulture, $"{_url.Host}:{_url.Port}");
        _secret = string.IsNullOrEmpty(target.Secret) ? null : Encoding.UTF8.GetBytes(target.Secret);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,

            // A proxy would be asked for the address in our place, and what it may reach is not ours to look at.
            UseProxy = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = async (context, cancellationToken) => new NetworkStream(
                await OutboundAddress.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, allowPrivate, cancellationToken), ownsSocket: true),
        });
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Headroom");
    }

    public string Name { get; }

    public string Target { get; }

    public TimeSpan Longest => TimeSpan.FromSeconds(5);

    public static byte[] Body(AlertMessage message)
    {
        var text = message.Text;
        var content = text.Length <= MostContent ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[MostContent - 1]) ? MostContent - 1 : MostContent), "…");

        // Slack reads <…> as a link or a mention of everybody; these three are all that it has escapes for.
        var escaped = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
        return JsonSerializer.SerializeToUtf8Bytes(
            new WebhookBody(escaped, content, new WebhookMentions([]), message.Server, message.Address, message.At, message.News), AlertingJson.Default.WebhookBody);
    }

    public static string Sign(byte[] secret, byte[] body) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, body));

    public async Task<Delivery> SendAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var body = Body(message);
            using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            if (_secret is not null)
            {
                request.Headers.Add(Signature, Sign(_secret, body));
            }

            // What it says besides its status is nobody's business: the address may be another one than was meant.
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)answer.StatusCode;
            return status switch
            {
                >= 200 and < 300 => new Delivery(true, string.Create(CultureInfo.InvariantCulture, $"Answered {status}.")),
                >= 300 and < 400 => new Delivery(false, string.Create(CultureInfo.InvariantCulture, $"Answered {status}: it leads elsewhere, which is not followed. Configure the address it leads to."), RetryHelps: false),
                408 or 425 or 429 or >= 500 => new Delivery(false, string.Create(CultureInfo.InvariantCulture, $"Answered {status}.")),
                _ => new Delivery(false, string.Create(CultureInfo.InvariantCulture, $"Answered {status}: it refuses the message. See the address and its rights."), RetryHelps: false),
            };
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            // Its own message is about the host and the port; what is inside says why.
            return new Delivery(false, AlertTexts.Line((e.InnerException ?? e).Message, 200));
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>The channels that are configured.</summary>
internal static class AlertChannels
{
    public static IReadOnlyList<IAlertChannel> Of(IOptions<AlertingOptions> options, IOptions<AlertingEmailOptions> email)
    {
        var channels = new List<IAlertChannel>();
        if (!string.IsNullOrWhiteSpace(email.Value.To))
        {
            channels.Add(new EmailChannel(email.Value, options.Value.AllowPrivateAddresses));
        }

        channels.AddRange(options.Value.Webhooks.Select((target, number) => new WebhookChannel(number, target, options.Value.AllowPrivateAddresses)));
        return channels;
    }
}
