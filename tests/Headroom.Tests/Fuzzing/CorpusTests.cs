using Headroom.Fuzz.Engine;
using Headroom.Fuzz.Targets;
using Headroom.Tests.Docs;
using Xunit;

namespace Headroom.Tests.Fuzzing;

/// <summary>The inputs that were written for each decoder, and those that fuzzing found, decoded once each; fuzzing itself is tests/fuzz.</summary>
public sealed class CorpusTests
{
    private static readonly string Root = Path.Combine(MarkdownFiles.Root, "tests/Headroom.Fuzz/corpus");

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_is_decoded_or_refused_within_a_second_and_its_memory(string name)
    {
        var target = FuzzTargets.Make(name);
        var corpus = Corpus.Read(Path.Combine(Root, name));

        Assert.NotEmpty(corpus);
        Assert.Contains(corpus, static input => !Corpus.IsFound(input.Name));
        var findings = corpus.Select(input => (input.Name, Finding: Bounds.Check(target, input.Input))).Where(static tried => tried.Finding is not null).ToList();
        Assert.Empty(findings);
    }

    [Fact]
    public void Every_corpus_has_a_target() =>
        Assert.Equal(FuzzTargets.Names.Order(StringComparer.Ordinal), Directory.EnumerateDirectories(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
}
