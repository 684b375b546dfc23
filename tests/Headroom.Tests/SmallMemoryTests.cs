using Headroom.App.Capture;
using Headroom.App.Writing;
using Headroom.Core;
using Headroom.Store;
using Headroom.Tests.Docs;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Headroom.Tests;

public sealed class SmallMemoryTests
{
    private const long Megabyte = 1 << 20;

    /// <summary>An empty server, and what waits for the disk at most.</summary>
    private const long Beside = (150 + 64) * Megabyte;

    private const int BytesPerVisitor = 250;

    public static TheoryData<long> Sizes => [256 * Megabyte, 512 * Megabyte, 700 * Megabyte, 1024 * Megabyte, 2048 * Megabyte, (4096 * Megabyte) - 1];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_bounds_of_a_small_machine_are_settings_that_there_are_with_values_that_they_take(long bytes)
    {
        var defaults = SmallMemory.Defaults(bytes);
        Assert.NotEmpty(defaults);
        Assert.Empty(defaults.Keys.Except(SettingsPageTests.InCode()));

        var (store, writing, capture, _) = Bind(defaults);
        Assert.Null(new StoreOptionsValidator().Validate(null, store).FailureMessage);
        Assert.Null(new WritingOptionsValidator().Validate(null, writing).FailureMessage);
        Assert.Null(new CaptureOptionsValidator().Validate(null, capture).FailureMessage);
        Assert.True(capture.MaxInFlightBytes >= capture.MaxDecompressedBytes + capture.MaxBodyBytes, "The largest body would never be taken.");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void They_add_up_to_less_than_there_is_from_512_MiB_on_and_are_never_above_the_usual_ones(long bytes)
    {
        var (store, writing, capture, cache) = Bind(SmallMemory.Defaults(bytes));
        var (usualStore, usualWriting, usualCapture, usualCache) = Bind(SmallMemory.Defaults(SmallMemory.Enough));
        Assert.InRange(store.QueryMemoryMegabytes, 1, usualStore.QueryMemoryMegabytes);
        Assert.InRange(writing.MaxBatchBytes, 1, usualWriting.MaxBatchBytes);
        Assert.InRange(writing.VisitorCache, 1, usualWriting.VisitorCache);
        Assert.InRange(capture.MaxInFlightBytes, 1, usualCapture.MaxInFlightBytes);
        Assert.InRange(cache, 1, usualCache);

        var sum = Beside + (store.QueryMemoryMegabytes * Megabyte) + writing.MaxBatchBytes + ((long)writing.VisitorCache * BytesPerVisitor) + capture.MaxInFlightBytes + (cache * Megabyte);
        Assert.True(bytes < 512 * Megabyte || sum <= bytes, $"{sum / Megabyte} of {bytes / Megabyte} MiB");
    }

    [Fact]
    public void The_memory_of_this_process_is_no_more_than_the_machine_has_and_a_bound_of_its_heap_does_not_change_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The machine's memory is read from /proc.");
        var machine = long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
        Assert.InRange(MemoryLimit.Bytes, 128 * Megabyte, machine + Megabyte);
    }

    private static (StoreOptions Store, WritingOptions Writing, CaptureOptions Capture, int CacheMegabytes) Bind(IReadOnlyDictionary<string, string?> defaults)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(defaults).Build();
        var (store, writing, capture, insights) = (new StoreOptions(), new WritingOptions(), new CaptureOptions(), new App.Insights.InsightsOptions());
        settings.Bind("Headroom:Store", store);
        settings.Bind(WritingOptions.Section, writing);
        settings.Bind(CaptureOptions.Section, capture);
        settings.Bind(App.Insights.InsightsOptions.Section, insights);
        return (store, writing, capture, insights.CacheMegabytes);
    }
}
