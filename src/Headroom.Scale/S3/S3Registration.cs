using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Headroom.Scale.S3;

public static class S3Registration
{
    public const string SegmentsKey = "Headroom:Segments";

    /// <summary>An <see cref="IObjectStore"/> for the segments, where <c>Headroom:Segments</c> is s3; nothing where it is disk.</summary>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public static IServiceCollection AddObjectStorage(this IServiceCollection services, IConfiguration configuration)
    {
        switch (configuration[SegmentsKey])
        {
            case null or "" or "disk":
                return services;
            case "s3":
                break;
            case var other:
                throw new InvalidOperationException($"{SegmentsKey} is \"{other}\"; it is disk or s3.");
        }

        services.AddOptions<S3Options>().Bind(configuration.GetSection(S3Options.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<S3Options>, S3OptionsValidator>();
        services.AddSingleton<IObjectStore>(static provider => new S3ObjectStore(
            provider.GetRequiredService<IOptions<S3Options>>().Value, provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }
}
