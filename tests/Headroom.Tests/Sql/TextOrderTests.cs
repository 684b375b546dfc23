using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>The one order of texts, that of their UTF-8: characters past U+FFFF, two units of UTF-16 each, come after all others.</summary>
public sealed class TextOrderTests
{
    private static readonly Gen<string> AnyText = Gen.OneOfConst("", "a", "\ud7ff", "\ue000", "\uff5e", "\uffff", "\U00010000", "\U0001F600", "\U0010FFFF").Array[0, 4].Select(string.Concat);

    [Fact]
    public void Texts_stand_in_the_order_of_their_bytes() =>
        Gen.Select(AnyText, AnyText).Sample((one, other) => Assert.Equal(Math.Sign(Utf8Order.Instance.Compare(one, other)), Math.Sign(TextOrder.Instance.Compare(one, other))));

    [Fact]
    public void Ranks_of_codes_and_lines_of_equal_values_follow_the_same_order() =>
        AnyText.Array[1, 8].Select(static t => t.Distinct().ToArray()).Sample(static texts =>
        {
            var codes = new TextCodes();
            foreach (var text in texts)
            {
                codes.Of(Encoding.UTF8.GetBytes(text));
            }

            var ordered = texts.Order(Utf8Order.Instance).ToList();
            Assert.Equal(texts.Select(t => ordered.IndexOf(t)), TextOrder.Ranks(codes));
            var lines = ValueLines.Of<int>([.. Enumerable.Repeat(1, texts.Length + 1)], codes, texts.Length);
            Assert.Equal(ordered, Enumerable.Range(0, texts.Length).Select(line => lines.Name(line)));
        });
}
