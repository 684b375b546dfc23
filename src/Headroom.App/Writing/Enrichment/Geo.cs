using System.Net;
using System.Text;
using MaxMind.Db;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing.Enrichment;

internal sealed record Place(CachedText? CountryCode, CachedText? CountryName, CachedText? City, CachedText? SubdivisionCode, CachedText? SubdivisionName)
{
    public static readonly Place Unknown = new(null, null, null, null, null);
}

/// <summary>Countries by address, where a database is configured.</summary>
internal sealed class Geo : IDisposable
{
    private const int MaxCached = 50_000;
    private readonly Reader? _reader;
    private readonly Utf8Map<Place> _cache = new();

    public Geo(IOptions<GeoOptions> options)
    {
        if (!string.IsNullOrEmpty(options.Value.Database))
        {
            _reader = new Reader(options.Value.Database, FileAccessMode.MemoryMapped);
        }
    }

    public Place Find(ReadOnlySpan<byte> ip)
    {
        if (_reader is null || ip.IsEmpty || ip.Length > 64)
        {
            return Place.Unknown;
        }

        if (!_cache.TryGet(ip, out var place))
        {
            if (_cache.Count >= MaxCached)
            {
                _cache.Clear();
            }

            place = Look(_reader, Encoding.UTF8.GetString(ip));
            _cache.Set(ip, place);
        }

        return place;
    }

    public void Dispose() => _reader?.Dispose();

    private static Place Look(Reader reader, string ip)
    {
        if (!IPAddress.TryParse(ip, out var address))
        {
            return Place.Unknown;
        }

        if (reader.Find<Dictionary<string, object>>(address) is not { } found)
        {
            return Place.Unknown;
        }

        var country = found.GetValueOrDefault("country") as Dictionary<string, object>;
        var city = found.GetValueOrDefault("city") as Dictionary<string, object>;
        var subdivision = found.GetValueOrDefault("subdivisions") is List<object> { Count: > 0 } list ? list[0] as Dictionary<string, object> : null;
        return new Place(
            CachedText.Of(country?.GetValueOrDefault("iso_code") as string), English(country), English(city),
            CachedText.Of(subdivision?.GetValueOrDefault("iso_code") as string), English(subdivision));
    }

    private static CachedText? English(Dictionary<string, object>? place) =>
        CachedText.Of((place?.GetValueOrDefault("names") as Dictionary<string, object>)?.GetValueOrDefault("en") as string);
}
