using System.Globalization;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Log;

public sealed class LogImageTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("headroom-image-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_copy_from_any_record_on_is_a_log_of_the_records_from_there_to_its_end_also_after_the_files_were_removed()
    {
        var source = Path.Combine(_root.FullName, "source");
        var offsets = new List<long>();
        await using var log = Open(source);
        for (var i = 0; i < 20; i++)
        {
            offsets.Add((await log.Append(Text(i))).Offset);
        }

        using var image = LogImage.Open(source);
        Assert.Equal(log.EndOffset, image.End);
        offsets.Add(image.End);
        for (var i = 20; i < 30; i++)
        {
            await log.AppendDurably(Text(i));
        }

        log.Release("writer", log.EndOffset);
        await log.MaintainAsync();
        Assert.True(log.FirstOffset > offsets[10], "Files were removed.");
        for (var from = 0; from < offsets.Count; from++)
        {
            await using var copy = Open(Copy(image, offsets[from], from));
            Assert.Equal(Enumerable.Range(from, 20 - from).Select(Text), copy.ReadAll(offsets[from]));
            await copy.AppendDurably("more");
            Assert.Equal("more", copy.ReadAll(offsets[from])[^1]);
        }

        // The store has gone on since: so does the image, up to there.
        image.Reach(log.EndOffset);
        await using var later = Open(Copy(image, log.EndOffset, 100));
        Assert.Empty(later.ReadAll(log.EndOffset));
        Assert.Throws<InvalidDataException>(() => image.Reach(log.EndOffset + 1));
    }

    [Fact]
    public async Task A_torn_end_is_left_out_and_a_log_without_files_has_none()
    {
        var source = Path.Combine(_root.FullName, "source");
        using (var none = LogImage.Open(source))
        {
            Assert.Empty(none.PartsFrom(0));
        }

        long end;
        await using (var log = Open(source))
        {
            await log.AppendDurably(Text(0));
            end = log.EndOffset;
            await log.AppendDurably(Text(1));
        }

        var path = Path.Combine(source, LogFormat.FileName(0));
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken))[..^1], TestContext.Current.CancellationToken);
        using var image = LogImage.Open(source);
        Assert.Equal(end, image.End);
    }

    // Two to a file.
    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture) + new string('x', 1500);

    private static EmbeddedEventLog Open(string directory) => EmbeddedEventLog.Open(
        LogTesting.Options(o => (o.RetainFor, o.RetainBytes) = (TimeSpan.Zero, 0)), new DiskLogFiles(directory), TimeProvider.System, NullLogger.Instance);

    private string Copy(LogImage image, long from, int number)
    {
        var target = _root.CreateSubdirectory("copy-" + number.ToString(CultureInfo.InvariantCulture)).FullName;
        foreach (var part in image.PartsFrom(from))
        {
            var bytes = new byte[part.Bytes];
            Assert.Equal(bytes.Length, RandomAccess.Read(part.Handle, bytes, part.Position));
            File.WriteAllBytes(Path.Combine(target, part.Name), [.. part.Header.Span, .. bytes]);
        }

        return target;
    }
}
