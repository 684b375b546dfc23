using Headroom.Core;
using Headroom.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class StoreRegistrationTests
{
    [Fact]
    public void Wrong_settings_are_all_named_at_once()
    {
        using var provider = Provider(("Headroom:Store:DuplicateWindow", "01:00:00"), ("Headroom:Store:MaxPropertyColumns", "0"));
        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IEventStore>);
        Assert.Contains("Headroom:Store:DuplicateWindow", error.Message, StringComparison.Ordinal);
        Assert.Contains("Headroom:Store:MaxPropertyColumns", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_and_writer_are_one_store_in_the_data_directory_and_compaction_and_verification_run_beside_it()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-store-");
        try
        {
            await using var provider = Provider(("Headroom:DataDirectory", directory.FullName));
            Assert.Same(provider.GetRequiredService<IEventStore>(), provider.GetRequiredService<IEventReader>());
            Assert.True(File.Exists(Path.Combine(directory.FullName, "catalog.db")));
            Assert.Equal([typeof(Compactor), typeof(Verifier)], provider.GetServices<IHostedService>().Select(static s => s.GetType()));
            foreach (var service in provider.GetServices<IHostedService>())
            {
                await service.StartAsync(TestContext.Current.CancellationToken);
                await service.StopAsync(TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_catalog_in_PostgreSQL_is_asked_for_by_name_and_its_settings_are_checked()
    {
        using var wrong = Provider(("Headroom:Catalog", "postgres"), ("Headroom:Postgres:CatalogSchema", "No Name"));
        var error = Assert.Throws<OptionsValidationException>(wrong.GetRequiredService<IEventStore>);
        Assert.Contains("Headroom:Postgres:ConnectionString", error.Message, StringComparison.Ordinal);
        Assert.Contains("Headroom:Postgres:CatalogSchema", error.Message, StringComparison.Ordinal);
        using var right = Provider(("Headroom:Catalog", "postgres"), ("Headroom:Postgres:ConnectionString", "Host=127.0.0.1;Database=x"));
        Assert.Equal("headroom_catalog", right.GetRequiredService<IOptions<StoreOptions>>().Value.Postgres?.CatalogSchema);
        using var embedded = Provider(("Headroom:Catalog", "sqlite"), ("Headroom:Postgres:ConnectionString", "Host=127.0.0.1;Database=x"));
        Assert.Null(embedded.GetRequiredService<IOptions<StoreOptions>>().Value.Postgres);
    }

    private static ServiceProvider Provider(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(s.Key, (string?)s.Value)))
            .Build();
        return new ServiceCollection().AddLogging().AddSegmentStore(configuration).BuildServiceProvider();
    }
}
