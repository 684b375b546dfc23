using Headroom.App.Importing;
using Xunit;

namespace Headroom.Tests.Importing;

public sealed class ColumnGuessTests
{
    [Theory]
    [InlineData("event,distinct_id,timestamp,uuid", "a,u,2026-11-20,01890a5d-ac96-774b-bcce-b302099a8057", "event=event distinct_id=distinct_id timestamp=timestamp uuid=uuid")]
    [InlineData("Event Name,User ID,Created At,price", "a,u,1763632800,3", "event=Event Name distinct_id=User ID timestamp=Created At")]
    [InlineData("customer,email,date", "c1,a@b.c,20.11.", "distinct_id=customer")]
    [InlineData("email,ordered,amount", "a@b.c,2026-11-20 10:00,3", "distinct_id=email timestamp=ordered")]
    [InlineData("from,to", "2026-11-20,2026-11-21", "")]
    [InlineData("event_id,action", "17,buy", "event=action")]
    [InlineData("", "", "")]
    public void Columns_are_told_by_their_names_and_first_values(string header, string examples, string expected)
    {
        var guess = ColumnGuess.Of(header.Split(','), [.. examples.Split(',').Select(static e => e.Length == 0 ? null : e)]);
        Assert.Equal(expected, string.Join(' ', guess.Select(static pair => $"{pair.Key}={pair.Value}")));
    }
}
