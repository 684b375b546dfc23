using Headroom.Fuzz;
using Headroom.Fuzz.Engine;
using Headroom.Fuzz.Targets;

CoverageMap.CountNowhere();
try
{
    switch (args)
    {
        case ["--help" or "-h", ..]:
            Console.WriteLine(FuzzOptions.Usage);
            return 0;
        case ["worker", var name, .. var rest]:
            return Workers.RunOne(FuzzOptions.Parse(rest), name);
        case ["afl", var name]:
            var fuzzed = FuzzTargets.Make(name);
            SharpFuzz.Fuzzer.Run(stream =>
            {
                using var input = new MemoryStream();
                stream.CopyTo(input);
                if (Bounds.Check(fuzzed, input.ToArray()) is { } finding)
                {
                    throw new BrokenLawException(finding.Detail);
                }
            });
            return 0;
        case ["replay", var name, .. var paths]:
            var failed = 0;
            foreach (var path in paths)
            {
                var finding = Bounds.Check(FuzzTargets.Make(name), await File.ReadAllBytesAsync(path));
                Console.WriteLine(finding is null ? $"ok     {path}" : $"{finding.Kind,-6} {path}\n{finding.Detail}");
                failed += finding is null ? 0 : 1;
            }

            return failed == 0 ? 0 : 1;
        default:
            return await Workers.RunAllAsync(FuzzOptions.Parse(args));
    }
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n\n{FuzzOptions.Usage}");
    return 2;
}
