"""How OpenAI counts a tool's schema, by the formula of its cookbook ("How to count tokens with tiktoken"), next to JSON."""
import json, statistics


def formula(count, name, tool):
    """Tokens of a function with flat properties, after what the function itself costs."""
    total = 3
    for key, value in tool["properties"].items():
        total += 3
        if "enum" in value: total += -3 + sum(3 + count(item) for item in value["enum"])
        total += count(f"{key}:{value.get('type', 'any')}:{value.get('description', '').rstrip('.')}")
    return total + count(name + ":" + tool.get("description", "").rstrip("."))


def share(count, schemas):
    """The median of formula over JSON, for the schemas that it covers, and how many those are."""
    found = []
    for text in schemas:
        try: tool = json.loads(text)
        except ValueError: continue
        values = tool["properties"].values()
        if any("properties" in value or "$ref" in str(value) for value in values): continue
        name = tool.get("title", "tool")
        found.append(formula(count, name, tool) / count(name + tool.get("description", "") + text))
    return statistics.median(found), len(found)
