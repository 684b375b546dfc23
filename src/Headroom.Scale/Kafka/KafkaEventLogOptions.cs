using System.Globalization;
using Confluent.Kafka;
using Microsoft.Extensions.Options;

namespace Headroom.Scale.Kafka;

/// <summary>Settings under <c>Headroom:Kafka</c>, which hold when <c>Headroom:EventLog</c> is <c>kafka</c>.</summary>
public sealed class KafkaEventLogOptions
{
    public const string Section = "Headroom:Kafka";

    /// <summary>Brokers to begin with, as <c>host:port</c> with commas between them. No default.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>The topic that holds the events; default headroom-events. The store keeps its place under this name.</summary>
    public string Topic { get; set; } = "headroom-events";

    /// <summary>Partitions with which a missing topic is made; default 12. An existing topic keeps the ones that it has.</summary>
    public int Partitions { get; set; } = 12;

    /// <summary>Replicas with which a missing topic is made; default 3. With one, a lost broker is lost events.</summary>
    public short ReplicationFactor { get; set; } = 3;

    /// <summary>
    /// Replicas that must have an event before it is acknowledged, of a topic that is made; default 2, at most
    /// <see cref="ReplicationFactor"/>. Higher survives more brokers lost at once and accepts nothing with fewer of them.
    /// </summary>
    public short MinInSyncReplicas { get; set; } = 2;

    /// <summary>How long a topic that is made keeps events; default 7 days. It must outlast the longest stop of the Writer.</summary>
    public TimeSpan RetainFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>plaintext (the default), ssl, sasl_plaintext or sasl_ssl.</summary>
    public string SecurityProtocol { get; set; } = "plaintext";

    /// <summary>With sasl_…: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 (the default) or OAUTHBEARER.</summary>
    public string SaslMechanism { get; set; } = "SCRAM-SHA-512";

    /// <summary>For PLAIN and SCRAM; for OAUTHBEARER the client's id.</summary>
    public string Username { get; set; } = "";

    /// <summary>For PLAIN and SCRAM; for OAUTHBEARER the client's secret.</summary>
    public string Password { get; set; } = "";

    /// <summary>For OAUTHBEARER: the address that gives tokens by client credentials (OIDC).</summary>
    public string TokenEndpoint { get; set; } = "";

    /// <summary>For OAUTHBEARER: the scope that is asked for; default none.</summary>
    public string TokenScope { get; set; } = "";

    /// <summary>File with the certificates, as PEM, by which brokers are verified; default those of the system.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>File with the client's own certificate, as PEM, for brokers that ask for one; default none.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>File with that certificate's key, as PEM; default none.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>How long events are gathered before they are sent; default 5 ms. Longer makes larger, cheaper batches and later answers.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>none, gzip, snappy, lz4 (the default) or zstd.</summary>
    public string Compression { get; set; } = "lz4";

    /// <summary>
    /// Bytes of the largest event with its request; default 2 MiB. Larger ones are refused for good. A topic that is made takes as
    /// much; an existing one must (<c>max.message.bytes</c>).
    /// </summary>
    public int MessageMaxBytes { get; set; } = 2 << 20;

    /// <summary>Bytes of events that may wait to be sent; default 64 MiB. Beyond it they go to the spill.</summary>
    public int QueueBytes { get; set; } = 64 << 20;

    /// <summary>
    /// How long the brokers have to take an event; default 5 seconds. After it, it goes to the spill, or is refused where there
    /// is none. Longer rides out a change of leaders without it and makes clients wait as long.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a start waits for the brokers; default 30 seconds. Then it fails.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of events that are kept on this machine's disk while the brokers take none; default 4 GiB, 0 for no spill. Beyond
    /// it events are refused, to be sent again by the clients.
    /// </summary>
    public long SpillBytes { get; set; } = 4L << 30;

    /// <summary>Where the spill is. Default: the folder <c>log-spill</c> in <c>Headroom:DataDirectory</c>.</summary>
    public string SpillDirectory { get; set; } = "";

    /// <summary>
    /// Whether the brokers drop what the client sends twice, and keep the order while it does; default true. Off only for brokers
    /// before 0.11: then one request at a time is under way, and what comes twice is dropped by its uuid alone.
    /// </summary>
    public bool Idempotence { get; set; } = true;

    /// <summary>The version of brokers that are too old to be asked for theirs, such as 0.9.0.1; default none.</summary>
    public string BrokerVersion { get; set; } = "";

    /// <summary>
    /// Goes on where events that were not stored yet are gone from the topic, by its retention or because it was made anew; default
    /// false. For an operator who knows that they are lost: otherwise the Writer stands still and says so.
    /// </summary>
    public bool SkipLost { get; set; }

    /// <summary>What every client has in common.</summary>
    internal void Apply(ClientConfig client)
    {
        client.BootstrapServers = BootstrapServers;
        client.ClientId = "headroom";
        client.MessageMaxBytes = MessageMaxBytes;
        client.SocketKeepaliveEnable = true;
        client.ReconnectBackoffMs = 100;
        client.ReconnectBackoffMaxMs = 2000;
        client.TopicMetadataRefreshIntervalMs = 60_000;
        client.SecurityProtocol = ParseProtocol(SecurityProtocol);
        if (CaFile.Length > 0)
        {
            client.SslCaLocation = CaFile;
        }

        if (CertificateFile.Length > 0)
        {
            (client.SslCertificateLocation, client.SslKeyLocation) = (CertificateFile, KeyFile);
        }

        if (client.SecurityProtocol is Confluent.Kafka.SecurityProtocol.SaslPlaintext or Confluent.Kafka.SecurityProtocol.SaslSsl)
        {
            client.SaslMechanism = ParseMechanism(SaslMechanism);
            if (client.SaslMechanism == Confluent.Kafka.SaslMechanism.OAuthBearer)
            {
                client.SaslOauthbearerMethod = SaslOauthbearerMethod.Oidc;
                client.SaslOauthbearerTokenEndpointUrl = TokenEndpoint;
                client.SaslOauthbearerClientId = Username;
                client.SaslOauthbearerClientSecret = Password;
                if (TokenScope.Length > 0)
                {
                    client.SaslOauthbearerScope = TokenScope;
                }
            }
            else
            {
                (client.SaslUsername, client.SaslPassword) = (Username, Password);
            }
        }

        if (BrokerVersion.Length > 0)
        {
            (client.ApiVersionRequest, client.BrokerVersionFallback) = (false, BrokerVersion);
        }
    }

    internal ProducerConfig Producer()
    {
        var config = new ProducerConfig
        {
            Acks = Acks.All,
            EnableIdempotence = Idempotence,
            MaxInFlight = Idempotence ? 5 : 1,
            Partitioner = Partitioner.Murmur2Random, // That of Java clients, so that others find events where they look for them.
            LingerMs = Linger.TotalMilliseconds,
            CompressionType = Enum.Parse<CompressionType>(Compression, ignoreCase: true),
            QueueBufferingMaxKbytes = Math.Max(1, QueueBytes >> 10),
            QueueBufferingMaxMessages = 1_000_000,
            MessageTimeoutMs = (int)DeliveryTimeout.TotalMilliseconds,
            RetryBackoffMs = 100,
            DeliveryReportFields = "status",
        };
        Apply(config);
        return config;
    }

    internal ConsumerConfig Consumer()
    {
        var config = new ConsumerConfig
        {
            // The client demands one; partitions are assigned and offsets are the store's, so no group is joined.
            GroupId = "headroom",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AllowAutoCreateTopics = false,
            QueuedMaxMessagesKbytes = 32 << 10,
            FetchQueueBackoffMs = 50,
            FetchMaxBytes = Math.Max(52_428_800, MessageMaxBytes),
            MaxPartitionFetchBytes = Math.Max(1 << 20, MessageMaxBytes),
        };
        Apply(config);
        return config;
    }

    internal static SecurityProtocol? ParseProtocol(string text) => text.ToUpperInvariant() switch
    {
        "PLAINTEXT" => Confluent.Kafka.SecurityProtocol.Plaintext,
        "SSL" => Confluent.Kafka.SecurityProtocol.Ssl,
        "SASL_PLAINTEXT" => Confluent.Kafka.SecurityProtocol.SaslPlaintext,
        "SASL_SSL" => Confluent.Kafka.SecurityProtocol.SaslSsl,
        _ => null,
    };

    internal static SaslMechanism? ParseMechanism(string text) => text.ToUpperInvariant() switch
    {
        "PLAIN" => Confluent.Kafka.SaslMechanism.Plain,
        "SCRAM-SHA-256" => Confluent.Kafka.SaslMechanism.ScramSha256,
        "SCRAM-SHA-512" => Confluent.Kafka.SaslMechanism.ScramSha512,
        "OAUTHBEARER" => Confluent.Kafka.SaslMechanism.OAuthBearer,
        _ => null,
    };
}

internal sealed class KafkaEventLogOptionsValidator : IValidateOptions<KafkaEventLogOptions>
{
    private const string Section = KafkaEventLogOptions.Section;

    public ValidateOptionsResult Validate(string? name, KafkaEventLogOptions options)
    {
        var errors = new List<string>();
        if (options.BootstrapServers.Length == 0 || options.BootstrapServers.Split(',').Any(static server => !IsAddress(server.Trim())))
        {
            errors.Add($"{Section}:BootstrapServers is \"{options.BootstrapServers}\"; it is host:port of one broker or of several with commas between them.");
        }

        if (options.Topic.Length is 0 or > 249 || options.Topic is "." or ".." ||
            options.Topic.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')))
        {
            errors.Add($"{Section}:Topic is \"{options.Topic}\"; it is 1 to 249 letters, digits, '.', '_' and '-'.");
        }

        Check(errors, nameof(options.Partitions), options.Partitions, 1, 10_000);
        Check(errors, nameof(options.ReplicationFactor), options.ReplicationFactor, 1, 100);
        Check(errors, nameof(options.MinInSyncReplicas), options.MinInSyncReplicas, 1, 100);
        if (options.MinInSyncReplicas > options.ReplicationFactor)
        {
            errors.Add($"{Section}:MinInSyncReplicas must not be more than ReplicationFactor.");
        }

        Check(errors, nameof(options.MessageMaxBytes), options.MessageMaxBytes, 1000, 512 << 20);
        Check(errors, nameof(options.QueueBytes), options.QueueBytes, 1 << 20, 1 << 30);
        Check(errors, nameof(options.SpillBytes), options.SpillBytes, 0, 1L << 50);
        if (options.SpillBytes is > 0 and < 1 << 20)
        {
            errors.Add($"{Section}:SpillBytes must be 0 or at least 1048576.");
        }

        Check(errors, nameof(options.Linger), options.Linger, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Check(errors, nameof(options.DeliveryTimeout), options.DeliveryTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Check(errors, nameof(options.StartTimeout), options.StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(errors, nameof(options.RetainFor), options.RetainFor, TimeSpan.FromHours(1), TimeSpan.FromDays(3650));
        if (options.DeliveryTimeout < options.Linger)
        {
            errors.Add($"{Section}:DeliveryTimeout must not be shorter than Linger.");
        }

        if (!Enum.TryParse<CompressionType>(options.Compression, ignoreCase: true, out _) || int.TryParse(options.Compression, out _))
        {
            errors.Add($"{Section}:Compression is \"{options.Compression}\"; it is one of none, gzip, snappy, lz4, zstd.");
        }

        CheckSecurity(errors, options);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckSecurity(List<string> errors, KafkaEventLogOptions options)
    {
        var protocol = KafkaEventLogOptions.ParseProtocol(options.SecurityProtocol);
        if (protocol is null)
        {
            errors.Add($"{Section}:SecurityProtocol is \"{options.SecurityProtocol}\"; it is one of plaintext, ssl, sasl_plaintext, sasl_ssl.");
        }

        foreach (var (key, file) in new[] { ("CaFile", options.CaFile), ("CertificateFile", options.CertificateFile), ("KeyFile", options.KeyFile) })
        {
            if (file.Length > 0 && !File.Exists(file))
            {
                errors.Add($"{Section}:{key} is \"{file}\", which does not exist.");
            }
        }

        if (options.CertificateFile.Length == 0 != (options.KeyFile.Length == 0))
        {
            errors.Add($"{Section}:CertificateFile and KeyFile belong together.");
        }

        if (protocol is not (SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl))
        {
            return;
        }

        var mechanism = KafkaEventLogOptions.ParseMechanism(options.SaslMechanism);
        if (mechanism is null)
        {
            errors.Add($"{Section}:SaslMechanism is \"{options.SaslMechanism}\"; it is one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER.");
        }

        if (options.Username.Length == 0 || options.Password.Length == 0)
        {
            errors.Add($"{Section}:Username and Password must be set with {options.SecurityProtocol}.");
        }

        if (mechanism == SaslMechanism.OAuthBearer && !Uri.TryCreate(options.TokenEndpoint, UriKind.Absolute, out _))
        {
            errors.Add($"{Section}:TokenEndpoint must be the address that gives tokens, with OAUTHBEARER.");
        }
    }

    /// <summary>An empty host would make the client take the port for one.</summary>
    private static bool IsAddress(string server) =>
        server.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;

    private static void Check<T>(List<string> errors, string key, T value, T least, T most)
        where T : IComparable<T>, IFormattable
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:{key} is {value}; it must be from {least} to {most}."));
        }
    }
}
