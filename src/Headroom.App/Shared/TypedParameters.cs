using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Headroom.App.Shared;

/// <summary>
/// Parameters of an address that are not text: whole numbers, true and false. One that cannot be read is answered with a
/// problem that names it, where the framework says no more than 400.
/// </summary>
internal static class TypedParameters
{
    private sealed record Parameter(string Name, bool IsNumber, bool IsOptional)
    {
        public string Problem => IsNumber ? "Must be a whole number." : "Must be true or false.";

        /// <summary>As the framework reads it: several values are one text with commas.</summary>
        public bool Takes(string text) => text.Length == 0 ? IsOptional
            : IsNumber ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            : bool.TryParse(text, out _);
    }

    /// <summary>A factory of endpoint filters, for a whole group.</summary>
    public static EndpointFilterDelegate AsProblems(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next)
    {
        Parameter[] typed = [.. endpoint.MethodInfo.GetParameters().Select(Of).OfType<Parameter>()];
        return typed.Length == 0 ? next : context =>
        {
            // Before the filters nothing but the reading of parameters has run.
            var request = context.HttpContext.Request;
            Dictionary<string, string[]> wrong = context.HttpContext.Response.StatusCode != StatusCodes.Status400BadRequest ? []
                : typed.Where(p => !request.RouteValues.ContainsKey(p.Name) && !p.Takes(request.Query[p.Name].ToString())).ToDictionary(static p => p.Name, static p => new[] { p.Problem });
            return wrong.Count == 0 ? next(context) : ValueTask.FromResult<object?>(TypedResults.ValidationProblem(wrong));
        };
    }

    private static Parameter? Of(ParameterInfo parameter)
    {
        var nullable = Nullable.GetUnderlyingType(parameter.ParameterType);
        var type = nullable ?? parameter.ParameterType;
        return type == typeof(int) || type == typeof(bool)
            ? new Parameter(parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!, type == typeof(int), nullable is not null || parameter.HasDefaultValue)
            : null;
    }
}
