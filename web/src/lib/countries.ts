// Names of countries in the reader's language.

/** The property whose values are countries. */
export const countryProperty = '$geoip_country_code';

const names = new Map<string, Intl.DisplayNames>();

/** What the two letters of ISO 3166 stand for; anything else stays as it is. */
export function countryName(code: string, locale?: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  const key = locale ?? '';
  let format = names.get(key);
  if (!format) names.set(key, (format = new Intl.DisplayNames(locale === undefined ? undefined : [locale], { type: 'region' })));
  return format.of(code) ?? code;
}
