using Headroom.App.Alerting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertingOptionsTests
{
    [Fact]
    public void Settings_are_read_and_become_channels()
    {
        using var services = With(
            ("Webhooks:0:Url", "https://hooks.example.org/services/T0/secret"), ("Webhooks:0:Secret", "s"), ("Webhooks:1:Url", "http://10.0.0.5:9000/x"), ("WallDays", "7"),
            ("Email:To", "ops@example.org, Ada <ada@example.org>"), ("Email:From", "headroom@example.org"), ("Email:Host", "mail.example.org"), ("Email:Tls", "tls"));
        var options = services.GetRequiredService<IOptions<AlertingOptions>>();
        var email = services.GetRequiredService<IOptions<AlertingEmailOptions>>();

        Assert.Equal(7, options.Value.WallDays);
        Assert.Equal(EmailTls.Tls, email.Value.Tls);
        Assert.Equal(
            [("email", "ops@example.org, Ada <ada@example.org>"), ("webhook:0", "hooks.example.org"), ("webhook:1", "10.0.0.5:9000")],
            AlertChannels.Of(options, email).Select(static channel => (channel.Name, channel.Target)));
    }

    [Fact]
    public void Without_settings_nobody_is_told_but_the_app()
    {
        using var services = With();
        Assert.Empty(AlertChannels.Of(services.GetRequiredService<IOptions<AlertingOptions>>(), services.GetRequiredService<IOptions<AlertingEmailOptions>>()));
    }

    [Theory]
    [InlineData("Webhooks:0:Url", "ftp://example.org/hunter2")]
    [InlineData("Webhooks:0:Url", "file:///etc/passwd")]
    [InlineData("Webhooks:0:Url", "https://ada:hunter2@example.org/")]
    [InlineData("Webhooks:0:Url", "hunter2")]
    [InlineData("Address", "stats.example.org")]
    [InlineData("ResolveAfter", "0.00:00:00")]
    [InlineData("RemindAfter", "0.00:00:01")]
    [InlineData("WallDays", "-1")]
    [InlineData("Name", "")]
    public void A_wrong_setting_is_told_by_its_key_and_without_what_may_be_secret(string key, string value)
    {
        using var services = With((key, value));

        var problem = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<AlertingOptions>>().Value);

        Assert.Contains(key.Split(':')[0], problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_of_the_mail_settings_is_told_at_once()
    {
        using var services = With(("Email:To", "nobody at all <"), ("Email:User", "ada"), ("Email:Password", "hunter2"), ("Email:Tls", "none"), ("Email:Port", "0"));

        var problem = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<AlertingEmailOptions>>().Value);

        Assert.All((string[])["Email:To", "Email:From", "Email:Host", "Email:Tls", "Port"], key => Assert.Contains(key, problem.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", problem.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider With(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(static one => "Headroom:Alerting:" + one.Key, static one => (string?)one.Value)).Build();
        return new ServiceCollection().AddLogging().AddAlerting(configuration).BuildServiceProvider();
    }
}
