using System.Text;
using CsCheck;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class TextCodesTests
{
    [Fact]
    public void Equal_texts_have_equal_numbers_in_order_of_appearance() => Gen.OneOf(Gen.String[0, 3], Gen.String[0, 40], Gen.Int[0, 200].Select(i => $"/product/{i}")).Array[0, 500].Sample(texts =>
    {
        var codes = new TextCodes();
        var expected = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts.Select(t => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t))))
        {
            expected.TryAdd(text, expected.Count);
            Assert.Equal(expected[text], codes.Of(Encoding.UTF8.GetBytes(text)));
        }

        Assert.Equal(expected.OrderBy(e => e.Value).Select(e => e.Key), Enumerable.Range(0, codes.Count).Select(codes.Text));
    }, iter: 1_000);
}
