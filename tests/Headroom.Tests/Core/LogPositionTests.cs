using CsCheck;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Core;

public sealed class LogPositionTests
{
    [Fact]
    public void A_place_reaches_another_when_it_does_so_in_every_partition()
    {
        Assert.True(LogPosition.FromInt64(5).Reaches(5));
        Assert.True(LogPosition.FromInt64(5).Reaches(default));
        Assert.False(LogPosition.FromInt64(4).Reaches(5));
        Assert.True(LogPosition.From(3, 4).Reaches(LogPosition.From(3, 4)));
        Assert.False(LogPosition.From(3, 4).Reaches(LogPosition.From(2, 5)));
        Assert.False(LogPosition.From(2, 5).Reaches(LogPosition.From(3, 4)));
        Assert.False(LogPosition.FromInt64(9).Reaches(LogPosition.From(0, 1)));
        Assert.True(LogPosition.From(9, 0).Reaches(9));
    }

    [Fact]
    public void A_partition_that_a_place_does_not_name_is_at_its_start()
    {
        Assert.Equal(0, LogPosition.FromInt64(7)[3]);
        Assert.Equal(LogPosition.FromInt64(7), LogPosition.From(7, 0, 0));
        Assert.Equal(LogPosition.FromInt64(7).GetHashCode(), LogPosition.From(7, 0, 0).GetHashCode());
        Assert.Equal(LogPosition.From(7, 0, 2), LogPosition.FromInt64(7).With(2, 2));
        Assert.Equal(LogPosition.From(1, 2), LogPosition.From(1, 5).With(1, 2));
        Assert.Equal(12, LogPosition.From(7, 0, 5).Sum);
    }

    [Fact]
    public void A_place_survives_its_text() => Gen.Long[0, long.MaxValue / 8].Array[1, 6].Sample(static offsets =>
    {
        var place = LogPosition.From(offsets);
        Assert.True(LogPosition.TryParse(place.ToString(), out var read));
        Assert.Equal(place, read);
        Assert.Equal(offsets.Length, read.Partitions);
    });

    [Theory]
    [InlineData("")]
    [InlineData("1,")]
    [InlineData("-1")]
    [InlineData("1, 2")]
    [InlineData("99999999999999999999")]
    public void Other_text_is_no_place(string text) => Assert.False(LogPosition.TryParse(text, out _));

    [Fact]
    public void A_place_in_one_partition_allocates_nothing()
    {
        LogPosition place = 1;
        place = place.With(0, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            place = place.With(0, place[0] + 1);
            if (!place.Reaches(3))
            {
                break;
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1002, place.Sum);
    }
}
