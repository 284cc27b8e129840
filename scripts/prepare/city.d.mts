/** Makes the streets, basemap and addresses of a city from its map, once; resolves with their folder. */
export function ensureCity(city: 'montevideo'): Promise<string>;
