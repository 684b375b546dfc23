// What is known of names that SDKs send and the server adds; a team's own description takes its place.

const events: Readonly<Record<string, string>> = {
  $pageview: 'A page was opened.',
  $pageleave: 'A page was left.',
  $screen: 'A screen of a mobile app was opened.',
  $autocapture: 'A click, a change or a submit that the SDK noticed by itself.',
  $rageclick: 'Several quick clicks on the same place.',
  $identify: 'A person became known: their anonymous id is joined with their own.',
  $create_alias: 'Two ids are of the same person.',
  $merge_dangerously: 'Two persons are made one, even where both are identified.',
  $groupidentify: 'Properties of a group, a company for instance.',
  $set: 'Properties of a person, and nothing else.',
  $web_vitals: 'How quickly a page loaded and answered.',
  $exception: 'An error that the SDK caught.',
  pageview: 'A page was opened.',
  engagement: 'How long and how far a page was read.',
};

const properties: Readonly<Record<string, string>> = {
  $browser: 'The browser’s name.',
  $browser_version: 'The browser’s version.',
  $os: 'The operating system.',
  $os_version: 'The operating system’s version.',
  $device: 'The device’s model.',
  $device_type: 'Desktop, Mobile, Tablet and the like.',
  $device_id: 'An id that stays with the device when somebody signs out.',
  $current_url: 'The address of the page.',
  $host: 'The host of the page’s address.',
  $pathname: 'The path of the page’s address.',
  $title: 'The title of the page.',
  $referrer: 'The page that led here.',
  $referring_domain: 'The host that led here.',
  $initial_referrer: 'The page that led to the person’s first visit.',
  $screen_name: 'The screen of a mobile app.',
  $screen_width: 'Pixels of the screen from left to right.',
  $screen_height: 'Pixels of the screen from top to bottom.',
  $viewport_width: 'Pixels of the window from left to right.',
  $viewport_height: 'Pixels of the window from top to bottom.',
  $lib: 'The library that sent it.',
  $lib_version: 'The version of the library that sent it.',
  $session_id: 'The visit that it belongs to, as the SDK says.',
  $window_id: 'The tab of the browser.',
  $insert_id: 'An id by which the sender knows a repeated event.',
  $ip: 'The address that it came from.',
  $locale: 'The language and region of the device.',
  $timezone: 'The time zone of the device.',
  $raw_user_agent: 'What the browser says of itself.',
  $geoip_country_code: 'The country, by the address that it came from.',
  $geoip_country_name: 'The country’s name, by the address that it came from.',
  $geoip_city_name: 'The city, by the address that it came from.',
  $geoip_subdivision_1_name: 'The region, by the address that it came from.',
  $channel: 'What brought the visit: search, social, paid and so on.',
  $source: 'Where the visit came from.',
  $entry_path: 'The page on which the visit began.',
  $process_person_profile: 'Whether the event makes and changes a person.',
  $anon_distinct_id: 'The id from before the person became known.',
  $groups: 'The groups that the event belongs to, by type.',
  $group_type: 'The type of a group.',
  $group_key: 'The id of a group.',
  $group_set: 'Properties of a group.',
  $set: 'Properties of the person, set by this event.',
  $set_once: 'Properties of the person, set where there are none yet.',
  $event_type: 'What was noticed: click, change or submit.',
  $el_text: 'The text of the element that was clicked.',
  $elements_chain: 'The element that was clicked and those around it.',
  $app_name: 'The app’s name.',
  $app_version: 'The app’s version.',
  $feature_flag: 'The feature flag.',
  $web_vitals_LCP_value: 'Milliseconds until the largest part of the page was drawn.',
  $web_vitals_INP_value: 'Milliseconds until the page answered.',
  $web_vitals_CLS_value: 'How far the page jumped while it loaded.',
  $web_vitals_FCP_value: 'Milliseconds until something of the page was drawn.',
  utm_source: 'The campaign’s source: a newsletter, a search engine.',
  utm_medium: 'The campaign’s medium: e-mail, cpc.',
  utm_campaign: 'The campaign’s name.',
  utm_term: 'The search words that were paid for.',
  utm_content: 'Which of several links or advertisements.',
  gclid: 'The click id of Google Ads.',
  fbclid: 'The click id of Meta.',
  msclkid: 'The click id of Microsoft Advertising.',
  email: 'The person’s e-mail address.',
  name: 'A name.',
};

/** The built-in description of an event or a property; null where none is known. */
export function builtIn(kind: 'event' | 'property', name: string): string | null {
  if (kind === 'event') return own(events, name);
  // What a person or a group has is called as what events have.
  const plain = name.replace(/^person\./, '').replace(/^group\.[^.]+\./, '');
  const group = /^\$groups\.(.+)$/.exec(name);
  return group ? `The group of the type ${group[1] ?? ''} that the event belongs to.` : own(properties, plain);
}

function own(known: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
}
