using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.App.Capacity.Planning;

/// <summary>List prices in US dollars, dated. The one in the product is to be overridden by a file of the same form.</summary>
/// <param name="Note">What kind of prices these are.</param>
public sealed record PriceTable(string Note, IReadOnlyList<ProviderPrices> Providers)
{
    private const string Resource = "Headroom.App.Capacity.Planning.prices.json";

    /// <summary>Hours of a month, as the providers' calculators have it.</summary>
    public const double HoursPerMonth = 730;

    /// <summary>The table that comes with the product.</summary>
    public static PriceTable Default { get; } = ReadDefault();

    /// <exception cref="InvalidDataException">It is not a price table; the message names every wrong field.</exception>
    public static PriceTable Read(string file) => Parse(File.ReadAllBytes(file), file);

    /// <param name="name">Of the file, for messages.</param>
    /// <exception cref="InvalidDataException">It is not a price table; the message names every wrong field.</exception>
    internal static PriceTable Parse(ReadOnlySpan<byte> json, string name)
    {
        PriceTable? table;
        try
        {
            table = JsonSerializer.Deserialize(json, PriceJson.Default.PriceTable);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{name} is not a price table: {e.Message}", e);
        }

        var errors = table is null ? ["it is empty"] : table.Errors().ToList();
        return errors.Count == 0 ? table! : throw new InvalidDataException($"{name} is not a price table: {string.Join("; ", errors)}.");
    }

    public ProviderPrices? Find(string id) => Providers.FirstOrDefault(provider => provider.Id == id);

    private static PriceTable ReadDefault()
    {
        using var stream = typeof(PriceTable).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is missing in the program.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Parse(copy.GetBuffer().AsSpan(0, (int)copy.Length), Resource);
    }

    private IEnumerable<string> Errors()
    {
        if (Providers.Count == 0)
        {
            yield return "providers: must have one at least";
        }

        foreach (var twice in Providers.GroupBy(static provider => provider.Id, StringComparer.Ordinal).Where(static same => same.Count() > 1))
        {
            yield return $"providers: {twice.Key} is there {twice.Count()} times";
        }

        for (var i = 0; i < Providers.Count; i++)
        {
            foreach (var error in Providers[i].Errors())
            {
                yield return $"providers[{i}].{error}";
            }
        }
    }
}

/// <param name="Id">As in <c>aws</c>.</param>
/// <param name="Source">The page on which the prices are.</param>
/// <param name="Machines">General-purpose, by ascending size.</param>
/// <param name="Kafka">A whole managed cluster of the smallest size that lasts: replicated three times.</param>
public sealed record ProviderPrices(
    string Id,
    string Name,
    string Region,
    DateOnly Date,
    string Source,
    IReadOnlyList<MachinePrice> Machines,
    StoragePrice BlockStorage,
    StoragePrice ObjectStorage,
    ServicePrice Kafka,
    ServicePrice Postgres,
    ServicePrice Redis,
    double EgressGigabyte)
{
    /// <summary>As it is written beside a price.</summary>
    public string Basis => string.Create(CultureInfo.InvariantCulture, $"{Name} {Region}, on-demand list prices of {Date:yyyy-MM-dd}");

    internal IEnumerable<string> Errors()
    {
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("id", Id), ("name", Name), ("region", Region)])
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                return [$"{name}: must not be empty"];
            }
        }

        return Prices();
    }

    private IEnumerable<string> Prices()
    {
        if (!Uri.TryCreate(Source, UriKind.Absolute, out var page) || page.Scheme is not ("https" or "http"))
        {
            yield return $"source: must be the address of a page, is \"{Source}\"";
        }

        if (Machines.Count == 0)
        {
            yield return "machines: must have one at least";
        }

        for (var i = 0; i < Machines.Count; i++)
        {
            var machine = Machines[i];
            if (machine.Processors < 1)
            {
                yield return $"machines[{i}].processors: must be 1 or more, is {machine.Processors}";
            }

            if (i > 0 && machine.Processors < Machines[i - 1].Processors)
            {
                yield return $"machines[{i}].processors: machines must be in ascending order of size";
            }

            foreach (var error in Check($"machines[{i}].memoryGigabytes", machine.MemoryGigabytes, above: true).Concat(Check($"machines[{i}].hourly", machine.Hourly, above: true)))
            {
                yield return error;
            }
        }

        foreach (var error in Check("blockStorage.gigabyteMonth", BlockStorage.GigabyteMonth)
            .Concat(Check("objectStorage.gigabyteMonth", ObjectStorage.GigabyteMonth))
            .Concat(Check("kafka.hourly", Kafka.Hourly)).Concat(Check("kafka.gigabyteMonth", Kafka.GigabyteMonth))
            .Concat(Check("postgres.hourly", Postgres.Hourly)).Concat(Check("postgres.gigabyteMonth", Postgres.GigabyteMonth))
            .Concat(Check("redis.hourly", Redis.Hourly)).Concat(Check("redis.gigabyteMonth", Redis.GigabyteMonth))
            .Concat(Check("egressGigabyte", EgressGigabyte)))
        {
            yield return error;
        }
    }

    private static string[] Check(string name, double value, bool above = false) =>
        value > 0 || (value == 0 && !above) ? [] : [string.Create(CultureInfo.InvariantCulture, $"{name}: must be {(above ? "above 0" : "0 or more")}, is {value}")];
}

public sealed record MachinePrice(string Name, int Processors, double MemoryGigabytes, double Hourly)
{
    public double Monthly => Hourly * PriceTable.HoursPerMonth;
}

public sealed record StoragePrice(string Name, double GigabyteMonth);

public sealed record ServicePrice(string Name, double Hourly, double GigabyteMonth)
{
    public double Monthly(double gigabytes) => (Hourly * PriceTable.HoursPerMonth) + (gigabytes * GigabyteMonth);
}

[JsonSerializable(typeof(PriceTable))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
public sealed partial class PriceJson : JsonSerializerContext;
