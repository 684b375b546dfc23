using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Kafka;

/// <summary>The topic as the brokers have it. Calls wait for the brokers; those of the client library know no other way.</summary>
internal sealed class KafkaTopic : IDisposable
{
    private static readonly TimeSpan Ask = TimeSpan.FromSeconds(2);
    private readonly KafkaEventLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IAdminClient _admin;
    private readonly Lock _asking = new();
    private readonly IConsumer<Ignore, Ignore> _marks;

    /// <param name="onError">Told of what a client says of its connections.</param>
    public KafkaTopic(KafkaEventLogOptions options, TimeProvider time, ILogger logger, Action<Error> onError)
    {
        (_options, _time, _logger) = (options, time, logger);
        var admin = new AdminClientConfig();
        options.Apply(admin);
        _admin = new AdminClientBuilder(admin).SetErrorHandler((_, error) => onError(error)).SetLogHandler((_, message) => logger.Client(message)).Build();
        _marks = new ConsumerBuilder<Ignore, Ignore>(options.Consumer())
            .SetErrorHandler((_, error) => onError(error)).SetLogHandler((_, message) => logger.Client(message)).Build();
    }

    /// <summary>Finds the topic, or makes it, and returns where each of its partitions begins and ends. Waits for the brokers.</summary>
    /// <exception cref="InvalidOperationException">They were not reached in time, or refuse. The message is for a person.</exception>
    public (long Low, long High)[] Open()
    {
        var start = _time.GetTimestamp();
        var tried = false;
        string? problem = null;
        while (_time.GetElapsedTime(start) < _options.StartTimeout)
        {
            try
            {
                // Of all topics: to ask for one that is missing makes it where brokers do so by themselves, with their own settings.
                var topic = _admin.GetMetadata(Ask).Topics.Find(topic => topic.Topic == _options.Topic);
                if (topic is { Partitions.Count: > 0, Error.IsError: false })
                {
                    var marks = Enumerable.Range(0, topic.Partitions.Count).Select(Marks).ToArray();
                    if (!tried && topic.Partitions.Count != _options.Partitions)
                    {
                        _logger.OtherPartitions(_options.Topic, topic.Partitions.Count, _options.Partitions);
                    }

                    return marks;
                }

                problem = topic?.Error is { IsError: true } error ? error.Reason : problem;
                if (topic is null)
                {
                    problem = tried ? problem : Make();
                    tried = true;
                }
            }
            catch (KafkaException e)
            {
                problem = e.Error.Reason;
            }

            // The topic of another maker, or of ours, takes a moment to be known by every broker.
            using var pause = new ManualResetEventSlim();
            pause.Wait(TimeSpan.FromMilliseconds(100));
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
            $"Kafka at {_options.BootstrapServers} did not give the topic {_options.Topic} within {_options.StartTimeout.TotalSeconds:F0} s ({KafkaEventLogOptions.Section}:StartTimeout): {problem ?? "no answer"}. Check {KafkaEventLogOptions.Section}:BootstrapServers, its security settings and that the topic may be made, or make it."));
    }

    /// <summary>The oldest offset kept and the one after the last, of a partition.</summary>
    /// <exception cref="KafkaException">The brokers do not answer.</exception>
    public (long Low, long High) Marks(int partition)
    {
        lock (_asking)
        {
            var marks = _marks.QueryWatermarkOffsets(new TopicPartition(_options.Topic, partition), Ask);
            return (marks.Low, marks.High);
        }
    }

    public void Dispose()
    {
        _admin.Dispose();
        _marks.Dispose();
    }

    /// <summary>Null, or why the topic could not be made.</summary>
    private string? Make()
    {
        try
        {
            _admin.CreateTopicsAsync(
                [new TopicSpecification
                {
                    Name = _options.Topic,
                    NumPartitions = _options.Partitions,
                    ReplicationFactor = _options.ReplicationFactor,
                    Configs = new Dictionary<string, string>
                    {
                        ["min.insync.replicas"] = _options.MinInSyncReplicas.ToString(CultureInfo.InvariantCulture),
                        ["retention.ms"] = ((long)_options.RetainFor.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
                        ["max.message.bytes"] = _options.MessageMaxBytes.ToString(CultureInfo.InvariantCulture),
                    },
                }],
                new CreateTopicsOptions { RequestTimeout = Ask, OperationTimeout = Ask }).GetAwaiter().GetResult();
            _logger.TopicMade(_options.Topic, _options.Partitions, _options.ReplicationFactor);
            return null;
        }
        catch (CreateTopicsException e) when (e.Results.Exists(static result => result.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            return null;
        }
        catch (KafkaException e)
        {
            // Brokers before 0.10.1 cannot be asked to, but most make what is asked for.
            var reason = e is CreateTopicsException made && made.Results.Count > 0 ? made.Results[0].Error.Reason : e.Error.Reason;
            _logger.TopicNotMade(_options.Topic, reason);
            _admin.GetMetadata(_options.Topic, Ask);
            return reason;
        }
    }
}
