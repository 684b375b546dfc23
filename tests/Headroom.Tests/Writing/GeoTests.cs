using System.Buffers.Binary;
using System.Text;
using Headroom.App.Writing;
using Headroom.App.Writing.Enrichment;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Writing;

public sealed class GeoTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"headroom-{Guid.NewGuid():N}.mmdb");

    public GeoTests() => File.WriteAllBytes(_path, Database());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_known_address_has_its_country_city_and_subdivision()
    {
        using var geo = Open();
        var place = geo.Find("81.2.3.4"u8);
        Assert.Equal(("DE", "Germany", "Berlin", "BE", "Land Berlin"), (
            place.CountryCode?.Value, place.CountryName?.Value, place.City?.Value, place.SubdivisionCode?.Value, place.SubdivisionName?.Value));
        Assert.Same(place, geo.Find("81.2.3.4"u8));
    }

    [Theory]
    [InlineData("200.1.1.1")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void An_address_that_is_not_there_has_none(string ip)
    {
        using var geo = Open();
        Assert.Same(Place.Unknown, geo.Find(Encoding.UTF8.GetBytes(ip)));
    }

    [Fact]
    public void The_sent_address_goes_before_the_request_s_and_geography_can_be_refused()
    {
        using var geo = Open();
        var bench = new WriterBench(geo: geo);
        var rows = bench.WriteRecords(WriterBench.Record(1, 0, "81.2.3.4", "",
            new Sent("e", "u"), new Sent("e", "u") { Properties = """{"$ip":"200.1.1.1"}""" },
            new Sent("e", "u") { Properties = """{"$geoip_disable":true}""" }, new Sent("e", "u") { Properties = """{"$is_server":true}""" },
            new Sent("e", "u") { Properties = """{"$is_server":true,"$ip":"81.2.3.4"}""" },
            new Sent("e", "u") { Properties = """{"$geoip_country_code":"FR"}""" }));
        Assert.Equal(["DE", null, null, null, "DE", "FR"], rows.Select(r => r["t:$geoip_country_code"]));
        Assert.Equal("Berlin", rows[0]["t:$geoip_city_name"]);
    }

    private Geo Open() => new(Options.Create(new GeoOptions { Database = _path }));

    /// <summary>The smallest MaxMind database: one node, whose left half (0.0.0.0/1) is Berlin and whose right half is nothing.</summary>
    private static byte[] Database()
    {
        const int Nodes = 1;
        var file = new MemoryStream();
        file.Write([0, 0, Nodes + 16, 0, 0, Nodes]);
        file.Write(new byte[16]);
        Write(file, new (string, object)[]
        {
            ("country", Place("DE", "Germany")), ("city", Place(null, "Berlin")), ("subdivisions", new object[] { Place("BE", "Land Berlin") }),
        });
        file.Write([0xAB, 0xCD, 0xEF]);
        file.Write("MaxMind.com"u8);
        Write(file, new (string, object)[]
        {
            ("node_count", (uint)Nodes), ("record_size", (ushort)24), ("ip_version", (ushort)4), ("database_type", "Test-City"),
            ("languages", new object[] { "en" }), ("binary_format_major_version", (ushort)2), ("binary_format_minor_version", (ushort)0),
            ("build_epoch", 1_700_000_000UL), ("description", new (string, object)[] { ("en", "test") }),
        });
        return file.ToArray();

        static (string, object)[] Place(string? code, string name) => code is null
            ? [("names", new (string, object)[] { ("en", name) })]
            : [("iso_code", code), ("names", new (string, object)[] { ("en", name) })];
    }

    private static void Write(MemoryStream file, object value)
    {
        Span<byte> number = stackalloc byte[8];
        switch (value)
        {
            case string text:
                file.WriteByte((byte)((2 << 5) | Encoding.UTF8.GetByteCount(text)));
                file.Write(Encoding.UTF8.GetBytes(text));
                break;
            case ushort small:
                BinaryPrimitives.WriteUInt16BigEndian(number, small);
                file.WriteByte((5 << 5) | 2);
                file.Write(number[..2]);
                break;
            case uint middle:
                BinaryPrimitives.WriteUInt32BigEndian(number, middle);
                file.WriteByte((6 << 5) | 4);
                file.Write(number[..4]);
                break;
            case ulong large:
                BinaryPrimitives.WriteUInt64BigEndian(number, large);
                file.Write([8, 9 - 7]);
                file.Write(number);
                break;
            case object[] list:
                file.Write([(byte)list.Length, 11 - 7]);
                foreach (var item in list)
                {
                    Write(file, item);
                }

                break;
            case (string, object)[] map:
                file.WriteByte((byte)((7 << 5) | map.Length));
                foreach (var (name, item) in map)
                {
                    Write(file, name);
                    Write(file, item);
                }

                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }
}
