using System.Text.Json;
using Headroom.App.Writing.Enrichment;
using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>An event's properties into the columns of its row, those that mean something to the Writer into its facts, and what there is no column for into the overflow.</summary>
internal sealed partial class BatchBuilder
{
    /// <summary>Groups of one event, of different types.</summary>
    private const int MaxGroups = 10;

    private byte[] _groupName = new byte[64];
    private byte[] _plainGroupName = new byte[64];

    /// <summary>Reads the properties into columns; returns the bytes that the object takes.</summary>
    private int ReadProperties(ProjectRows project, int row, ReadOnlySpan<byte> json)
    {
        var rows = project.Rows;
        var reader = new Utf8JsonReader(json, EventText.Deep);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException("The event's properties are not an object.");
        }

        var plan = project.Root;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            plan = project.Plan(plan, reader.ValueIsEscaped ? Plain(name) : name);
            reader.Read();
            if (plan.IsDropped)
            {
                reader.Skip();
                continue;
            }

            var start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    AddText(project, plan, row, name, json, start, reader.ValueSpan, reader.ValueIsEscaped);
                    break;
                case JsonTokenType.Number:
                    AddNumber(project, plan, row, name, reader.ValueSpan);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    AddBoolean(project, plan, row, name, reader.TokenType == JsonTokenType.True);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    reader.Skip();
                    AddJson(project, plan, row, name, json[start..(int)reader.BytesConsumed]);
                    break;
                default:
                    break;
            }
        }

        if (reader.TokenType != JsonTokenType.EndObject || rows.Count != row + 1)
        {
            throw new InvalidDataException("The event's properties do not end.");
        }

        return (int)reader.BytesConsumed;
    }

    private void AddText(
        ProjectRows project, PropertyPlan plan, int row, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json, int start, ReadOnlySpan<byte> raw, bool escaped)
    {
        if (plan.Known == KnownProperty.Redundant)
        {
            return;
        }

        var rows = project.Rows;
        var stored = plan.Known is not (KnownProperty.SessionId or KnownProperty.Ip) &&
            !(plan.Known == KnownProperty.UserAgent && _facts.IsTrue(KnownProperty.CookielessMode));
        var column = stored ? plan.Column(project, PropertyKind.Text) : null;
        TextSlice slice;
        if (escaped)
        {
            slice = rows.Take(JsonText.Unescape(raw, rows.Reserve(raw.Length)));
        }
        else if (column is not null && !plan.LastText.IsNull && raw.SequenceEqual(rows.Text(plan.LastText)))
        {
            slice = plan.LastText;
        }
        else
        {
            slice = rows.Store(raw);
        }

        if (plan.Known != KnownProperty.None)
        {
            _facts.SetText(plan.Known, slice);
        }

        if (column is not null)
        {
            plan.LastText = slice;
            column.AddText(row, slice);
        }
        else if (stored)
        {
            _overflow.Add(name, json.Slice(start, raw.Length + 2));
        }
    }

    private void AddNumber(ProjectRows project, PropertyPlan plan, int row, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        if (plan.Known != KnownProperty.None)
        {
            if (plan.Known == KnownProperty.Redundant)
            {
                return;
            }

            _facts.SetOther(plan.Known);
        }

        if (!JsonText.TryParseNumber(json, out var value))
        {
            // Past a double's range its digits are kept as text.
            if (plan.Column(project, PropertyKind.Text) is { } text)
            {
                text.AddText(row, project.Rows.Store(json));
            }
            else
            {
                _overflow.Add(name, json);
            }
        }
        else if (plan.Column(project, PropertyKind.Number) is { } column)
        {
            column.AddNumber(row, value);
        }
        else
        {
            _overflow.Add(name, json);
        }
    }

    private void AddBoolean(ProjectRows project, PropertyPlan plan, int row, ReadOnlySpan<byte> name, bool value)
    {
        if (plan.Known != KnownProperty.None)
        {
            if (plan.Known == KnownProperty.Redundant)
            {
                return;
            }

            _facts.SetBoolean(plan.Known, value);
        }

        if (plan.Column(project, PropertyKind.Boolean) is { } column)
        {
            column.AddBoolean(row, value);
        }
        else
        {
            _overflow.Add(name, value ? "true"u8 : "false"u8);
        }
    }

    private void AddJson(ProjectRows project, PropertyPlan plan, int row, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        if (plan.Known != KnownProperty.None)
        {
            if (plan.Known == KnownProperty.Redundant)
            {
                return;
            }

            _facts.SetOther(plan.Known);
            if (plan.Known == KnownProperty.Groups)
            {
                AddGroups(project, row, json);
            }
        }

        if (plan.Column(project, PropertyKind.Json) is { } column)
        {
            var slice = project.Rows.Store(json);
            if (JsonText.MayHaveSurrogates(json))
            {
                JsonText.RepairSurrogates(project.Rows.Arena.AsSpan(slice.Offset, slice.Length));
            }

            column.AddText(row, slice);
        }
        else
        {
            _overflow.Add(name, json);
        }
    }

    /// <summary>A property for each of the event's groups ($groups.company), so that queries find their keys in columns.</summary>
    private void AddGroups(ProjectRows project, int row, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, EventText.Deep);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        var plan = project.GroupsRoot;
        for (var i = 0; i < MaxGroups && reader.Read() && reader.TokenType == JsonTokenType.PropertyName; i++)
        {
            var escaped = GroupName(ref _groupName, reader.ValueSpan);
            plan = project.Plan(plan, reader.ValueIsEscaped ? GroupName(ref _plainGroupName, Plain(reader.ValueSpan)) : escaped);
            reader.Read();
            switch (plan.IsDropped ? JsonTokenType.None : reader.TokenType)
            {
                case JsonTokenType.String:
                    AddText(project, plan, row, escaped, json, (int)reader.TokenStartIndex, reader.ValueSpan, reader.ValueIsEscaped);
                    break;
                case JsonTokenType.Number:
                    AddNumber(project, plan, row, escaped, reader.ValueSpan);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Valid until the next call with the same buffer.</summary>
    private static ReadOnlySpan<byte> GroupName(ref byte[] buffer, ReadOnlySpan<byte> type)
    {
        var prefix = "$groups."u8;
        if (buffer.Length < prefix.Length + type.Length)
        {
            buffer = new byte[(prefix.Length + type.Length) * 2];
        }

        prefix.CopyTo(buffer);
        type.CopyTo(buffer.AsSpan(prefix.Length));
        return buffer.AsSpan(0, prefix.Length + type.Length);
    }
}
