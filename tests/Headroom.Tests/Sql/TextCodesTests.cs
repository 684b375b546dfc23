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
            var utf8 = Encoding.UTF8.GetBytes(text);
            Assert.Equal(expected.GetValueOrDefault(text, -1), codes.Find(utf8));
            expected.TryAdd(text, expected.Count);
            Assert.Equal(expected[text], codes.Of(utf8));
        }

        Assert.Equal(expected.OrderBy(e => e.Value).Select(e => e.Key), Enumerable.Range(0, codes.Count).Select(codes.Text));
    }, iter: 1_000);

    [Fact]
    public void Threads_that_meet_the_same_texts_are_given_the_same_numbers()
    {
        var codes = new TextCodes();
        var texts = Enumerable.Range(0, 20_000).Select(i => Encoding.UTF8.GetBytes($"/{new string('p', i % 300)}/{i}")).ToArray();
        var found = new int[4][];
        Parallel.For(0, found.Length, thread =>
        {
            found[thread] = new int[texts.Length];
            for (var i = 0; i < texts.Length; i++)
            {
                // Each thread in an order of its own.
                var text = (int)((i * (2L * thread + 1)) % texts.Length);
                found[thread][text] = codes.Of(texts[text]);
            }

            for (var i = 0; i < texts.Length; i++)
            {
                found[thread][i] = codes.Of(texts[i]);
            }
        });
        Assert.Equal(texts.Length, codes.Count);
        Assert.All(found, numbers => Assert.Equal(found[0], numbers));
        Assert.All(Enumerable.Range(0, texts.Length), i => Assert.Equal(texts[i], codes.Utf8(found[0][i]).ToArray()));
    }

    [Fact]
    public void Past_the_bound_no_text_is_added_and_those_known_keep_their_numbers()
    {
        var codes = new TextCodes(200_000);
        var texts = Enumerable.Range(0, 10_000).Select(i => Encoding.UTF8.GetBytes($"{i:D60}")).ToArray();
        var numbers = texts.Select(t => codes.Of(t)).ToArray();
        Assert.True(codes.IsFull);
        Assert.InRange(codes.Count, 100, 3_333);
        Assert.Equal([.. Enumerable.Range(0, codes.Count), .. Enumerable.Repeat(TextCodes.Full, texts.Length - codes.Count)], numbers);
        Assert.Equal(numbers, texts.Select(t => codes.Of(t)));
    }
}
