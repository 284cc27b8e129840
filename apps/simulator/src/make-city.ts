import { buildCity } from '#libs/city';

const [tiles, worldLand, target] = process.argv.slice(2);
if (!tiles || !worldLand || !target)
  throw new Error('Usage: make-city.js <folder of tiles> <land of the world> <target folder>');
const { junctions, streets, kilometers, connectedShare } = buildCity(tiles, worldLand, target);
const percent = Math.round(connectedShare * 1_000) / 10;
console.log(
  `${junctions} junctions, ${streets} streets, ${kilometers} km; ${percent} % of the map is connected`,
);
