/**
 * The gazetteer that herd ships: a sample of well-known places on every continent, dense around UCLA and in
 * seventeen other large cities. It was written for this project from commonly known facts, and is neither
 * complete nor surveyed: most coordinates are within a hundred meters or so of the middle of what they name,
 * those of large places (a park, a city, a mountain) further off. Whoever needs more names a file of their own.
 *
 * One place a line, tab-separated: name, kind (one of the types of Google's Nearby Search), latitude and
 * longitude in decimal degrees, vicinity. It is text in a module, so that a bundle or compiled binary holds it.
 */
export const gazetteer = `\
University of California, Los Angeles	university	34.0689	-118.4452	Los Angeles, United States
Royce Hall	university	34.0729	-118.4422	Los Angeles, United States
Powell Library	library	34.0716	-118.4422	Los Angeles, United States
Charles E. Young Research Library	library	34.0750	-118.4415	Los Angeles, United States
Pauley Pavilion	stadium	34.0703	-118.4467	Los Angeles, United States
Drake Stadium	stadium	34.0720	-118.4489	Los Angeles, United States
Los Angeles Tennis Center	stadium	34.0717	-118.4478	Los Angeles, United States
John Wooden Center	gym	34.0712	-118.4454	Los Angeles, United States
Ackerman Union	university	34.0706	-118.4441	Los Angeles, United States
Kerckhoff Hall	university	34.0706	-118.4434	Los Angeles, United States
Haines Hall	university	34.0728	-118.4411	Los Angeles, United States
Bunche Hall	university	34.0743	-118.4401	Los Angeles, United States
Boelter Hall	university	34.0692	-118.4429	Los Angeles, United States
Murphy Hall	university	34.0716	-118.4389	Los Angeles, United States
Broad Art Center	university	34.0760	-118.4410	Los Angeles, United States
UCLA Anderson School of Management	university	34.0742	-118.4433	Los Angeles, United States
UCLA School of Law	university	34.0730	-118.4384	Los Angeles, United States
UCLA Meyer and Renee Luskin Conference Center	lodging	34.0698	-118.4447	Los Angeles, United States
Janss Steps	tourist_attraction	34.0722	-118.4432	Los Angeles, United States
Bruin Bear	tourist_attraction	34.0710	-118.4450	Los Angeles, United States
Franklin D. Murphy Sculpture Garden	park	34.0748	-118.4402	Los Angeles, United States
Mildred E. Mathias Botanical Garden	park	34.0659	-118.4413	Los Angeles, United States
Fowler Museum at UCLA	museum	34.0729	-118.4431	Los Angeles, United States
Hammer Museum	museum	34.0595	-118.4437	Los Angeles, United States
Ronald Reagan UCLA Medical Center	hospital	34.0664	-118.4466	Los Angeles, United States
UCLA Mattel Children's Hospital	hospital	34.0661	-118.4463	Los Angeles, United States
Stein Eye Institute	hospital	34.0650	-118.4436	Los Angeles, United States
Geffen Playhouse	tourist_attraction	34.0635	-118.4446	Los Angeles, United States
Regency Village Theatre	movie_theater	34.0627	-118.4470	Los Angeles, United States
Regency Bruin Theatre	movie_theater	34.0627	-118.4464	Los Angeles, United States
Nuart Theatre	movie_theater	34.0466	-118.4467	Los Angeles, United States
Westwood Village	neighborhood	34.0612	-118.4457	Los Angeles, United States
Westwood	neighborhood	34.0561	-118.4294	Los Angeles, United States
Westwood Village Memorial Park Cemetery	cemetery	34.0584	-118.4411	Los Angeles, United States
Los Angeles National Cemetery	cemetery	34.0617	-118.4527	Los Angeles, United States
West Los Angeles VA Medical Center	hospital	34.0508	-118.4570	Los Angeles, United States
Los Angeles California Temple	church	34.0529	-118.4336	Los Angeles, United States
Holmby Park	park	34.0699	-118.4291	Los Angeles, United States
Playboy Mansion	tourist_attraction	34.0755	-118.4297	Los Angeles, United States
Los Angeles Country Club	point_of_interest	34.0690	-118.4225	Los Angeles, United States
Hotel Bel-Air	lodging	34.0864	-118.4462	Los Angeles, United States
Bel-Air	neighborhood	34.0833	-118.4478	Los Angeles, United States
Brentwood	neighborhood	34.0522	-118.4741	Los Angeles, United States
Century City	neighborhood	34.0556	-118.4178	Los Angeles, United States
Westfield Century City	shopping_mall	34.0583	-118.4190	Los Angeles, United States
Fox Plaza	point_of_interest	34.0553	-118.4128	Los Angeles, United States
Museum of Tolerance	museum	34.0537	-118.4018	Los Angeles, United States
Sawtelle Japantown	neighborhood	34.0395	-118.4428	Los Angeles, United States
Getty Center	museum	34.0780	-118.4741	Los Angeles, United States
Skirball Cultural Center	museum	34.1231	-118.4790	Los Angeles, United States
Mount Saint Mary's University, Chalon Campus	university	34.0855	-118.4822	Los Angeles, United States
Will Rogers State Historic Park	park	34.0547	-118.5128	Los Angeles, United States
Getty Villa	museum	34.0459	-118.5650	Los Angeles, United States
Loyola Marymount University	university	33.9697	-118.4181	Los Angeles, United States
Venice Beach Boardwalk	tourist_attraction	33.9872	-118.4731	Los Angeles, United States
Venice Canal Historic District	tourist_attraction	33.9834	-118.4672	Los Angeles, United States
Los Angeles International Airport	airport	33.9425	-118.4081	Los Angeles, United States
Los Angeles County Museum of Art	museum	34.0639	-118.3592	Los Angeles, United States
La Brea Tar Pits and Museum	museum	34.0638	-118.3556	Los Angeles, United States
Petersen Automotive Museum	museum	34.0622	-118.3613	Los Angeles, United States
Academy Museum of Motion Pictures	museum	34.0635	-118.3608	Los Angeles, United States
The Grove	shopping_mall	34.0722	-118.3575	Los Angeles, United States
Original Farmers Market	tourist_attraction	34.0720	-118.3603	Los Angeles, United States
Beverly Center	shopping_mall	34.0753	-118.3773	Los Angeles, United States
Cedars-Sinai Medical Center	hospital	34.0753	-118.3803	Los Angeles, United States
Chateau Marmont	lodging	34.0982	-118.3685	Los Angeles, United States
TCL Chinese Theatre	movie_theater	34.1020	-118.3410	Los Angeles, United States
Dolby Theatre	tourist_attraction	34.1027	-118.3403	Los Angeles, United States
Capitol Records Building	tourist_attraction	34.1032	-118.3263	Los Angeles, United States
Hollywood Bowl	stadium	34.1122	-118.3391	Los Angeles, United States
Hollywood Sign	tourist_attraction	34.1341	-118.3216	Los Angeles, United States
Hollywood Forever Cemetery	cemetery	34.0886	-118.3190	Los Angeles, United States
Paramount Pictures Studios	tourist_attraction	34.0839	-118.3192	Los Angeles, United States
Hollyhock House	museum	34.0999	-118.2944	Los Angeles, United States
Griffith Observatory	tourist_attraction	34.1184	-118.3004	Los Angeles, United States
Griffith Park	park	34.1365	-118.2942	Los Angeles, United States
Greek Theatre	stadium	34.1196	-118.2962	Los Angeles, United States
Los Angeles Zoo	zoo	34.1483	-118.2841	Los Angeles, United States
Autry Museum of the American West	museum	34.1487	-118.2816	Los Angeles, United States
Universal Studios Hollywood	amusement_park	34.1381	-118.3534	Los Angeles, United States
Dodger Stadium	stadium	34.0739	-118.2400	Los Angeles, United States
Los Angeles Union Station	train_station	34.0561	-118.2365	Los Angeles, United States
Olvera Street	tourist_attraction	34.0575	-118.2379	Los Angeles, United States
Los Angeles City Hall	city_hall	34.0537	-118.2427	Los Angeles, United States
Walt Disney Concert Hall	tourist_attraction	34.0553	-118.2498	Los Angeles, United States
The Broad	museum	34.0545	-118.2506	Los Angeles, United States
Museum of Contemporary Art	museum	34.0533	-118.2505	Los Angeles, United States
Cathedral of Our Lady of the Angels	church	34.0577	-118.2452	Los Angeles, United States
Grand Central Market	tourist_attraction	34.0508	-118.2490	Los Angeles, United States
Angels Flight	tourist_attraction	34.0513	-118.2502	Los Angeles, United States
Bradbury Building	tourist_attraction	34.0505	-118.2478	Los Angeles, United States
Los Angeles Central Library	library	34.0503	-118.2551	Los Angeles, United States
Pershing Square	park	34.0484	-118.2530	Los Angeles, United States
Crypto.com Arena	stadium	34.0430	-118.2673	Los Angeles, United States
Japanese American National Museum	museum	34.0495	-118.2389	Los Angeles, United States
Watts Towers	tourist_attraction	33.9387	-118.2411	Los Angeles, United States
Los Angeles Memorial Coliseum	stadium	34.0141	-118.2879	Los Angeles, United States
BMO Stadium	stadium	34.0128	-118.2841	Los Angeles, United States
University of Southern California	university	34.0224	-118.2851	Los Angeles, United States
Natural History Museum of Los Angeles County	museum	34.0170	-118.2888	Los Angeles, United States
California Science Center	museum	34.0158	-118.2862	Los Angeles, United States
California State University, Los Angeles	university	34.0667	-118.1684	Los Angeles, United States
California State University, Northridge	university	34.2407	-118.5280	Los Angeles, United States
Occidental College	university	34.1274	-118.2106	Los Angeles, United States
Los Angeles	locality	34.0522	-118.2437	Los Angeles, United States
Santa Monica Pier	tourist_attraction	34.0086	-118.4986	Santa Monica, United States
Third Street Promenade	shopping_mall	34.0163	-118.4965	Santa Monica, United States
Santa Monica College	university	34.0169	-118.4702	Santa Monica, United States
Santa Monica	locality	34.0195	-118.4912	Santa Monica, United States
Beverly Hills Hotel	lodging	34.0815	-118.4135	Beverly Hills, United States
Rodeo Drive	tourist_attraction	34.0690	-118.4030	Beverly Hills, United States
Greystone Mansion	park	34.0919	-118.4016	Beverly Hills, United States
Beverly Hills	locality	34.0736	-118.4004	Beverly Hills, United States
Sony Pictures Studios	tourist_attraction	34.0176	-118.4016	Culver City, United States
Museum of Jurassic Technology	museum	34.0259	-118.3951	Culver City, United States
Culver City	locality	34.0211	-118.3965	Culver City, United States
SoFi Stadium	stadium	33.9535	-118.3392	Inglewood, United States
Kia Forum	stadium	33.9583	-118.3419	Inglewood, United States
Hollywood Burbank Airport	airport	34.2006	-118.3587	Burbank, United States
Pepperdine University	university	34.0414	-118.7096	Malibu, United States
Malibu Pier	tourist_attraction	34.0363	-118.6771	Malibu, United States
Point Dume	natural_feature	34.0012	-118.8065	Malibu, United States
Rose Bowl	stadium	34.1613	-118.1676	Pasadena, United States
California Institute of Technology	university	34.1377	-118.1253	Pasadena, United States
Norton Simon Museum	museum	34.1464	-118.1592	Pasadena, United States
Jet Propulsion Laboratory	point_of_interest	34.2005	-118.1716	Pasadena, United States
Gamble House	museum	34.1516	-118.1608	Pasadena, United States
The Huntington Library, Art Museum, and Botanical Gardens	museum	34.1291	-118.1145	San Marino, United States
RMS Queen Mary	tourist_attraction	33.7530	-118.1898	Long Beach, United States
Aquarium of the Pacific	aquarium	33.7621	-118.1969	Long Beach, United States
Long Beach Airport	airport	33.8178	-118.1517	Long Beach, United States
Disneyland Park	amusement_park	33.8121	-117.9190	Anaheim, United States
Angel Stadium	stadium	33.8003	-117.8827	Anaheim, United States
University of California, Irvine	university	33.6405	-117.8443	Irvine, United States
Statue of Liberty	tourist_attraction	40.6892	-74.0445	New York, United States
Ellis Island	museum	40.6995	-74.0396	New York, United States
Empire State Building	tourist_attraction	40.7484	-73.9857	New York, United States
Chrysler Building	tourist_attraction	40.7516	-73.9755	New York, United States
Rockefeller Center	tourist_attraction	40.7587	-73.9787	New York, United States
Times Square	tourist_attraction	40.7580	-73.9855	New York, United States
Grand Central Terminal	train_station	40.7527	-73.9772	New York, United States
Pennsylvania Station	train_station	40.7506	-73.9940	New York, United States
Madison Square Garden	stadium	40.7505	-73.9934	New York, United States
Central Park	park	40.7829	-73.9654	New York, United States
The Metropolitan Museum of Art	museum	40.7794	-73.9632	New York, United States
The Museum of Modern Art	museum	40.7614	-73.9776	New York, United States
American Museum of Natural History	museum	40.7813	-73.9740	New York, United States
Solomon R. Guggenheim Museum	museum	40.7830	-73.9590	New York, United States
Whitney Museum of American Art	museum	40.7396	-74.0089	New York, United States
The Met Cloisters	museum	40.8649	-73.9317	New York, United States
New York Public Library Main Branch	library	40.7532	-73.9822	New York, United States
St. Patrick's Cathedral	church	40.7585	-73.9760	New York, United States
Cathedral of St. John the Divine	church	40.8038	-73.9619	New York, United States
Columbia University	university	40.8075	-73.9626	New York, United States
New York University	university	40.7295	-73.9965	New York, United States
One World Trade Center	tourist_attraction	40.7130	-74.0132	New York, United States
National September 11 Memorial & Museum	museum	40.7115	-74.0134	New York, United States
Brooklyn Bridge	tourist_attraction	40.7061	-73.9969	New York, United States
New York Stock Exchange	point_of_interest	40.7069	-74.0113	New York, United States
United Nations Headquarters	point_of_interest	40.7489	-73.9680	New York, United States
Carnegie Hall	tourist_attraction	40.7651	-73.9799	New York, United States
Lincoln Center for the Performing Arts	tourist_attraction	40.7725	-73.9835	New York, United States
Flatiron Building	tourist_attraction	40.7411	-73.9897	New York, United States
The High Line	park	40.7480	-74.0048	New York, United States
Yankee Stadium	stadium	40.8296	-73.9262	New York, United States
Bronx Zoo	zoo	40.8506	-73.8770	New York, United States
New York Botanical Garden	park	40.8623	-73.8772	New York, United States
Brooklyn Museum	museum	40.6712	-73.9636	New York, United States
Prospect Park	park	40.6602	-73.9690	New York, United States
John F. Kennedy International Airport	airport	40.6413	-73.7781	New York, United States
LaGuardia Airport	airport	40.7769	-73.8740	New York, United States
New York	locality	40.7128	-74.0060	New York, United States
Big Ben	tourist_attraction	51.5007	-0.1246	London, United Kingdom
Palace of Westminster	tourist_attraction	51.4995	-0.1248	London, United Kingdom
Westminster Abbey	church	51.4994	-0.1273	London, United Kingdom
Buckingham Palace	tourist_attraction	51.5014	-0.1419	London, United Kingdom
Tower of London	tourist_attraction	51.5081	-0.0759	London, United Kingdom
Tower Bridge	tourist_attraction	51.5055	-0.0754	London, United Kingdom
St Paul's Cathedral	church	51.5138	-0.0984	London, United Kingdom
The British Museum	museum	51.5194	-0.1270	London, United Kingdom
Natural History Museum	museum	51.4967	-0.1764	London, United Kingdom
Science Museum	museum	51.4978	-0.1745	London, United Kingdom
Victoria and Albert Museum	museum	51.4966	-0.1722	London, United Kingdom
The National Gallery	museum	51.5089	-0.1283	London, United Kingdom
Trafalgar Square	tourist_attraction	51.5080	-0.1281	London, United Kingdom
Tate Modern	museum	51.5076	-0.0994	London, United Kingdom
London Eye	tourist_attraction	51.5033	-0.1196	London, United Kingdom
The Shard	tourist_attraction	51.5045	-0.0865	London, United Kingdom
Shakespeare's Globe	tourist_attraction	51.5081	-0.0972	London, United Kingdom
Hyde Park	park	51.5073	-0.1657	London, United Kingdom
The Regent's Park	park	51.5313	-0.1570	London, United Kingdom
London Zoo	zoo	51.5353	-0.1534	London, United Kingdom
Royal Albert Hall	tourist_attraction	51.5009	-0.1774	London, United Kingdom
The British Library	library	51.5299	-0.1277	London, United Kingdom
London King's Cross	train_station	51.5309	-0.1233	London, United Kingdom
St Pancras International	train_station	51.5314	-0.1261	London, United Kingdom
London Paddington	train_station	51.5154	-0.1755	London, United Kingdom
London Waterloo	train_station	51.5031	-0.1132	London, United Kingdom
Covent Garden	tourist_attraction	51.5117	-0.1240	London, United Kingdom
Piccadilly Circus	tourist_attraction	51.5101	-0.1340	London, United Kingdom
10 Downing Street	local_government_office	51.5034	-0.1276	London, United Kingdom
Harrods	shopping_mall	51.4994	-0.1632	London, United Kingdom
Abbey Road Studios	tourist_attraction	51.5320	-0.1781	London, United Kingdom
Wembley Stadium	stadium	51.5560	-0.2796	London, United Kingdom
Lord's Cricket Ground	stadium	51.5294	-0.1727	London, United Kingdom
Royal Observatory, Greenwich	museum	51.4778	-0.0014	London, United Kingdom
Royal Botanic Gardens, Kew	park	51.4787	-0.2956	London, United Kingdom
University College London	university	51.5246	-0.1340	London, United Kingdom
Imperial College London	university	51.4988	-0.1749	London, United Kingdom
Heathrow Airport	airport	51.4700	-0.4543	London, United Kingdom
London	locality	51.5074	-0.1278	London, United Kingdom
Tour Eiffel	tourist_attraction	48.8584	2.2945	Paris, France
Musée du Louvre	museum	48.8606	2.3376	Paris, France
Cathédrale Notre-Dame de Paris	church	48.8530	2.3499	Paris, France
Arc de Triomphe	tourist_attraction	48.8738	2.2950	Paris, France
Basilique du Sacré-Cœur	church	48.8867	2.3431	Paris, France
Musée d'Orsay	museum	48.8600	2.3266	Paris, France
Centre Pompidou	museum	48.8607	2.3522	Paris, France
Panthéon	tourist_attraction	48.8462	2.3461	Paris, France
Hôtel des Invalides	museum	48.8566	2.3126	Paris, France
Musée Rodin	museum	48.8553	2.3158	Paris, France
Palais Garnier	tourist_attraction	48.8720	2.3316	Paris, France
Moulin Rouge	night_club	48.8841	2.3322	Paris, France
Jardin du Luxembourg	park	48.8467	2.3372	Paris, France
Jardin des Tuileries	park	48.8635	2.3275	Paris, France
Place de la Concorde	tourist_attraction	48.8656	2.3212	Paris, France
Sainte-Chapelle	church	48.8554	2.3450	Paris, France
Gare du Nord	train_station	48.8809	2.3553	Paris, France
Gare de Lyon	train_station	48.8443	2.3743	Paris, France
Tour Montparnasse	tourist_attraction	48.8421	2.3220	Paris, France
Cimetière du Père-Lachaise	cemetery	48.8614	2.3933	Paris, France
La Sorbonne	university	48.8487	2.3432	Paris, France
Catacombes de Paris	museum	48.8338	2.3324	Paris, France
Parc des Princes	stadium	48.8414	2.2530	Paris, France
Bois de Boulogne	park	48.8624	2.2492	Paris, France
Bibliothèque nationale de France, François-Mitterrand	library	48.8336	2.3758	Paris, France
Galeries Lafayette Haussmann	shopping_mall	48.8737	2.3320	Paris, France
Grande Mosquée de Paris	mosque	48.8420	2.3551	Paris, France
Jardin des Plantes	park	48.8440	2.3596	Paris, France
Paris	locality	48.8566	2.3522	Paris, France
Stade de France	stadium	48.9245	2.3602	Saint-Denis, France
Aéroport Paris-Charles-de-Gaulle	airport	49.0097	2.5479	Roissy-en-France, France
Château de Versailles	tourist_attraction	48.8049	2.1204	Versailles, France
東京タワー (Tokyo Tower)	tourist_attraction	35.6586	139.7454	Tokyo, Japan
東京スカイツリー (Tokyo Skytree)	tourist_attraction	35.7101	139.8107	Tokyo, Japan
浅草寺 (Sensō-ji)	place_of_worship	35.7148	139.7967	Tokyo, Japan
明治神宮 (Meiji Jingū)	place_of_worship	35.6764	139.6993	Tokyo, Japan
皇居 (Imperial Palace)	tourist_attraction	35.6852	139.7528	Tokyo, Japan
東京駅 (Tokyo Station)	train_station	35.6812	139.7671	Tokyo, Japan
新宿駅 (Shinjuku Station)	train_station	35.6896	139.7006	Tokyo, Japan
渋谷駅 (Shibuya Station)	train_station	35.6580	139.7016	Tokyo, Japan
上野駅 (Ueno Station)	train_station	35.7138	139.7773	Tokyo, Japan
秋葉原駅 (Akihabara Station)	train_station	35.6984	139.7731	Tokyo, Japan
渋谷スクランブル交差点 (Shibuya Crossing)	tourist_attraction	35.6595	139.7005	Tokyo, Japan
上野公園 (Ueno Park)	park	35.7148	139.7737	Tokyo, Japan
上野動物園 (Ueno Zoo)	zoo	35.7165	139.7713	Tokyo, Japan
東京国立博物館 (Tokyo National Museum)	museum	35.7188	139.7765	Tokyo, Japan
東京大学 (University of Tokyo)	university	35.7127	139.7620	Tokyo, Japan
早稲田大学 (Waseda University)	university	35.7095	139.7195	Tokyo, Japan
慶應義塾大学 (Keio University)	university	35.6490	139.7428	Tokyo, Japan
新宿御苑 (Shinjuku Gyoen)	park	35.6852	139.7100	Tokyo, Japan
代々木公園 (Yoyogi Park)	park	35.6717	139.6949	Tokyo, Japan
東京ドーム (Tokyo Dome)	stadium	35.7056	139.7519	Tokyo, Japan
両国国技館 (Ryōgoku Kokugikan)	stadium	35.6969	139.7934	Tokyo, Japan
国立競技場 (Japan National Stadium)	stadium	35.6779	139.7145	Tokyo, Japan
日本武道館 (Nippon Budokan)	stadium	35.6933	139.7498	Tokyo, Japan
銀座 (Ginza)	neighborhood	35.6717	139.7650	Tokyo, Japan
六本木ヒルズ (Roppongi Hills)	shopping_mall	35.6605	139.7292	Tokyo, Japan
靖国神社 (Yasukuni Jinja)	place_of_worship	35.6941	139.7438	Tokyo, Japan
国会議事堂 (National Diet Building)	local_government_office	35.6759	139.7449	Tokyo, Japan
東京国際空港 (Haneda Airport)	airport	35.5494	139.7798	Tokyo, Japan
Tokyo	locality	35.6895	139.6917	Tokyo, Japan
三鷹の森ジブリ美術館 (Ghibli Museum)	museum	35.6962	139.5704	Mitaka, Japan
成田国際空港 (Narita Airport)	airport	35.7720	140.3929	Narita, Japan
東京ディズニーランド (Tokyo Disneyland)	amusement_park	35.6329	139.8804	Urayasu, Japan
故宫博物院 (Forbidden City)	museum	39.9163	116.3972	Beijing, China
天安门广场 (Tiananmen Square)	tourist_attraction	39.9055	116.3976	Beijing, China
天安门 (Tiananmen)	tourist_attraction	39.9087	116.3975	Beijing, China
中国国家博物馆 (National Museum of China)	museum	39.9051	116.4013	Beijing, China
国家大剧院 (National Centre for the Performing Arts)	tourist_attraction	39.9044	116.3895	Beijing, China
天坛 (Temple of Heaven)	tourist_attraction	39.8822	116.4066	Beijing, China
颐和园 (Summer Palace)	tourist_attraction	39.9999	116.2755	Beijing, China
圆明园 (Old Summer Palace)	park	40.0081	116.2983	Beijing, China
国家体育场 (Beijing National Stadium)	stadium	39.9929	116.3966	Beijing, China
国家游泳中心 (Beijing National Aquatics Center)	stadium	39.9930	116.3903	Beijing, China
清华大学 (Tsinghua University)	university	40.0000	116.3265	Beijing, China
北京大学 (Peking University)	university	39.9869	116.3059	Beijing, China
雍和宫 (Lama Temple)	place_of_worship	39.9474	116.4172	Beijing, China
景山公园 (Jingshan Park)	park	39.9240	116.3967	Beijing, China
北海公园 (Beihai Park)	park	39.9254	116.3890	Beijing, China
北京站 (Beijing Railway Station)	train_station	39.9027	116.4272	Beijing, China
北京南站 (Beijing South Railway Station)	train_station	39.8652	116.3786	Beijing, China
北京西站 (Beijing West Railway Station)	train_station	39.8948	116.3221	Beijing, China
北京首都国际机场 (Beijing Capital International Airport)	airport	40.0801	116.5846	Beijing, China
北京大兴国际机场 (Beijing Daxing International Airport)	airport	39.5098	116.4105	Beijing, China
八达岭长城 (Great Wall at Badaling)	tourist_attraction	40.3598	116.0201	Beijing, China
慕田峪长城 (Great Wall at Mutianyu)	tourist_attraction	40.4319	116.5704	Beijing, China
明十三陵 (Ming Tombs)	tourist_attraction	40.2533	116.2218	Beijing, China
中国国家图书馆 (National Library of China)	library	39.9432	116.3246	Beijing, China
798艺术区 (798 Art Zone)	art_gallery	39.9842	116.4950	Beijing, China
牛街清真寺 (Niujie Mosque)	mosque	39.8846	116.3583	Beijing, China
Beijing	locality	39.9042	116.4074	Beijing, China
外滩 (The Bund)	tourist_attraction	31.2400	121.4900	Shanghai, China
东方明珠 (Oriental Pearl Tower)	tourist_attraction	31.2397	121.4998	Shanghai, China
上海中心大厦 (Shanghai Tower)	tourist_attraction	31.2356	121.5011	Shanghai, China
金茂大厦 (Jin Mao Tower)	tourist_attraction	31.2372	121.5014	Shanghai, China
上海环球金融中心 (Shanghai World Financial Center)	tourist_attraction	31.2367	121.5028	Shanghai, China
豫园 (Yu Garden)	tourist_attraction	31.2272	121.4921	Shanghai, China
人民广场 (People's Square)	park	31.2311	121.4731	Shanghai, China
上海博物馆 (Shanghai Museum)	museum	31.2283	121.4755	Shanghai, China
静安寺 (Jing'an Temple)	place_of_worship	31.2235	121.4455	Shanghai, China
玉佛寺 (Jade Buddha Temple)	place_of_worship	31.2413	121.4451	Shanghai, China
复旦大学 (Fudan University)	university	31.2990	121.5035	Shanghai, China
同济大学 (Tongji University)	university	31.2829	121.5063	Shanghai, China
上海交通大学徐汇校区 (Shanghai Jiao Tong University, Xuhui)	university	31.2000	121.4330	Shanghai, China
上海浦东国际机场 (Shanghai Pudong International Airport)	airport	31.1443	121.8083	Shanghai, China
上海虹桥国际机场 (Shanghai Hongqiao International Airport)	airport	31.1979	121.3363	Shanghai, China
上海虹桥站 (Shanghai Hongqiao Railway Station)	train_station	31.1941	121.3204	Shanghai, China
上海站 (Shanghai Railway Station)	train_station	31.2495	121.4556	Shanghai, China
上海南站 (Shanghai South Railway Station)	train_station	31.1533	121.4292	Shanghai, China
上海迪士尼乐园 (Shanghai Disneyland)	amusement_park	31.1440	121.6570	Shanghai, China
Shanghai	locality	31.2304	121.4737	Shanghai, China
Museu de Arte de São Paulo	museum	-23.5614	-46.6559	São Paulo, Brazil
Parque Ibirapuera	park	-23.5874	-46.6576	São Paulo, Brazil
Catedral da Sé	church	-23.5503	-46.6342	São Paulo, Brazil
Estação da Luz	train_station	-23.5346	-46.6353	São Paulo, Brazil
Pinacoteca do Estado de São Paulo	museum	-23.5343	-46.6339	São Paulo, Brazil
Theatro Municipal de São Paulo	tourist_attraction	-23.5453	-46.6387	São Paulo, Brazil
Mercado Municipal de São Paulo	tourist_attraction	-23.5418	-46.6296	São Paulo, Brazil
Farol Santander	tourist_attraction	-23.5456	-46.6338	São Paulo, Brazil
Edifício Copan	tourist_attraction	-23.5465	-46.6447	São Paulo, Brazil
Edifício Itália	tourist_attraction	-23.5453	-46.6437	São Paulo, Brazil
Mosteiro de São Bento	church	-23.5436	-46.6339	São Paulo, Brazil
Pátio do Colégio	museum	-23.5481	-46.6328	São Paulo, Brazil
Universidade de São Paulo	university	-23.5595	-46.7313	São Paulo, Brazil
Instituto Butantan	museum	-23.5685	-46.7190	São Paulo, Brazil
Allianz Parque	stadium	-23.5275	-46.6784	São Paulo, Brazil
Estádio do Morumbi	stadium	-23.6001	-46.7200	São Paulo, Brazil
Neo Química Arena	stadium	-23.5453	-46.4742	São Paulo, Brazil
Estádio do Pacaembu	stadium	-23.5478	-46.6652	São Paulo, Brazil
Autódromo José Carlos Pace	stadium	-23.7036	-46.6997	São Paulo, Brazil
Museu do Ipiranga	museum	-23.5856	-46.6097	São Paulo, Brazil
Zoológico de São Paulo	zoo	-23.6509	-46.6198	São Paulo, Brazil
Parque Villa-Lobos	park	-23.5465	-46.7215	São Paulo, Brazil
Biblioteca Mário de Andrade	library	-23.5473	-46.6423	São Paulo, Brazil
Ponte Octávio Frias de Oliveira	tourist_attraction	-23.6131	-46.6993	São Paulo, Brazil
Aeroporto de Congonhas	airport	-23.6261	-46.6564	São Paulo, Brazil
São Paulo	locality	-23.5505	-46.6333	São Paulo, Brazil
Aeroporto Internacional de São Paulo/Guarulhos	airport	-23.4356	-46.4731	Guarulhos, Brazil
Murtala Muhammed International Airport	airport	6.5774	3.3212	Lagos, Nigeria
University of Lagos	university	6.5157	3.3898	Lagos, Nigeria
National Theatre	tourist_attraction	6.4768	3.3695	Lagos, Nigeria
Tafawa Balewa Square	tourist_attraction	6.4467	3.4019	Lagos, Nigeria
Nigerian National Museum	museum	6.4432	3.4028	Lagos, Nigeria
Freedom Park	park	6.4489	3.3967	Lagos, Nigeria
Tinubu Square	park	6.4540	3.3905	Lagos, Nigeria
Cathedral Church of Christ	church	6.4509	3.3908	Lagos, Nigeria
Eko Hotel and Suites	lodging	6.4268	3.4300	Lagos, Nigeria
Lekki Conservation Centre	park	6.4416	3.5357	Lagos, Nigeria
Lagos University Teaching Hospital	hospital	6.5174	3.3539	Lagos, Nigeria
Yaba College of Technology	university	6.5187	3.3722	Lagos, Nigeria
Lagos State University	university	6.4668	3.2000	Lagos, Nigeria
Teslim Balogun Stadium	stadium	6.4977	3.3667	Lagos, Nigeria
Third Mainland Bridge	route	6.5000	3.4011	Lagos, Nigeria
Makoko	neighborhood	6.4960	3.3880	Lagos, Nigeria
Victoria Island	neighborhood	6.4281	3.4219	Lagos, Nigeria
Ikoyi	neighborhood	6.4500	3.4333	Lagos, Nigeria
Ikeja	locality	6.6018	3.3515	Lagos, Nigeria
Lagos	locality	6.5244	3.3792	Lagos, Nigeria
Great Pyramid of Giza	tourist_attraction	29.9792	31.1342	Giza, Egypt
Pyramid of Khafre	tourist_attraction	29.9761	31.1307	Giza, Egypt
Pyramid of Menkaure	tourist_attraction	29.9725	31.1283	Giza, Egypt
Great Sphinx of Giza	tourist_attraction	29.9753	31.1376	Giza, Egypt
Grand Egyptian Museum	museum	29.9940	31.1196	Giza, Egypt
Giza Zoo	zoo	30.0246	31.2137	Giza, Egypt
Cairo University	university	30.0276	31.2101	Giza, Egypt
Giza	locality	30.0131	31.2089	Giza, Egypt
Egyptian Museum	museum	30.0478	31.2336	Cairo, Egypt
Tahrir Square	tourist_attraction	30.0444	31.2357	Cairo, Egypt
Cairo Tower	tourist_attraction	30.0459	31.2243	Cairo, Egypt
Cairo Opera House	tourist_attraction	30.0426	31.2240	Cairo, Egypt
Cairo Citadel	tourist_attraction	30.0299	31.2611	Cairo, Egypt
مسجد محمد علي (Mosque of Muhammad Ali)	mosque	30.0287	31.2599	Cairo, Egypt
الجامع الأزهر (Al-Azhar Mosque)	mosque	30.0457	31.2627	Cairo, Egypt
Khan el-Khalili	tourist_attraction	30.0477	31.2623	Cairo, Egypt
Al-Hussein Mosque	mosque	30.0478	31.2631	Cairo, Egypt
Mosque of Ibn Tulun	mosque	30.0288	31.2496	Cairo, Egypt
Mosque-Madrasa of Sultan Hassan	mosque	30.0320	31.2565	Cairo, Egypt
Mosque of Amr ibn al-As	mosque	30.0101	31.2331	Cairo, Egypt
Hanging Church	church	30.0053	31.2301	Cairo, Egypt
Coptic Museum	museum	30.0057	31.2305	Cairo, Egypt
Museum of Islamic Art	museum	30.0444	31.2524	Cairo, Egypt
National Museum of Egyptian Civilization	museum	30.0084	31.2483	Cairo, Egypt
Al-Azhar Park	park	30.0405	31.2650	Cairo, Egypt
Baron Empain Palace	tourist_attraction	30.0868	31.3303	Cairo, Egypt
Ramses Station	train_station	30.0628	31.2471	Cairo, Egypt
The American University in Cairo	university	30.0194	31.4998	Cairo, Egypt
Cairo International Stadium	stadium	30.0691	31.3123	Cairo, Egypt
Cairo International Airport	airport	30.1219	31.4056	Cairo, Egypt
Cairo	locality	30.0626	31.2497	Cairo, Egypt
Pyramid of Djoser	tourist_attraction	29.8713	31.2164	Saqqara, Egypt
Gateway of India	tourist_attraction	18.9220	72.8347	Mumbai, India
The Taj Mahal Palace	lodging	18.9217	72.8331	Mumbai, India
Chhatrapati Shivaji Maharaj Terminus	train_station	18.9398	72.8355	Mumbai, India
Mumbai Central	train_station	18.9696	72.8194	Mumbai, India
Chhatrapati Shivaji Maharaj Vastu Sangrahalaya	museum	18.9269	72.8327	Mumbai, India
Elephanta Caves	tourist_attraction	18.9633	72.9315	Mumbai, India
Marine Drive	tourist_attraction	18.9432	72.8233	Mumbai, India
Haji Ali Dargah	mosque	18.9827	72.8089	Mumbai, India
Siddhivinayak Temple	hindu_temple	19.0169	72.8304	Mumbai, India
Mahalaxmi Temple	hindu_temple	18.9774	72.8064	Mumbai, India
Mount Mary Basilica	church	19.0466	72.8224	Mumbai, India
Keneseth Eliyahoo Synagogue	synagogue	18.9279	72.8321	Mumbai, India
Wankhede Stadium	stadium	18.9389	72.8258	Mumbai, India
Brabourne Stadium	stadium	18.9322	72.8248	Mumbai, India
Rajabai Clock Tower	tourist_attraction	18.9297	72.8300	Mumbai, India
Indian Institute of Technology Bombay	university	19.1334	72.9133	Mumbai, India
Chhatrapati Shivaji Maharaj International Airport	airport	19.0896	72.8656	Mumbai, India
Bandra–Worli Sea Link	route	19.0367	72.8172	Mumbai, India
Juhu Beach	natural_feature	19.0988	72.8264	Mumbai, India
Kanheri Caves	tourist_attraction	19.2058	72.9069	Mumbai, India
Sanjay Gandhi National Park	park	19.2200	72.9100	Mumbai, India
Mani Bhavan	museum	18.9598	72.8113	Mumbai, India
Antilia	point_of_interest	18.9681	72.8096	Mumbai, India
Global Vipassana Pagoda	place_of_worship	19.2283	72.8058	Mumbai, India
Crawford Market	tourist_attraction	18.9476	72.8346	Mumbai, India
Dharavi	neighborhood	19.0380	72.8538	Mumbai, India
Mumbai	locality	19.0760	72.8777	Mumbai, India
DY Patil Stadium	stadium	19.0420	73.0267	Navi Mumbai, India
Sydney Opera House	tourist_attraction	-33.8568	151.2153	Sydney, Australia
Sydney Harbour Bridge	tourist_attraction	-33.8523	151.2108	Sydney, Australia
Royal Botanic Garden Sydney	park	-33.8642	151.2166	Sydney, Australia
Art Gallery of New South Wales	art_gallery	-33.8688	151.2173	Sydney, Australia
Australian Museum	museum	-33.8743	151.2130	Sydney, Australia
Australian National Maritime Museum	museum	-33.8694	151.1986	Sydney, Australia
Sydney Tower	tourist_attraction	-33.8705	151.2089	Sydney, Australia
Queen Victoria Building	shopping_mall	-33.8718	151.2067	Sydney, Australia
Sydney Town Hall	city_hall	-33.8732	151.2064	Sydney, Australia
St Mary's Cathedral	church	-33.8712	151.2133	Sydney, Australia
State Library of New South Wales	library	-33.8664	151.2129	Sydney, Australia
Central Station	train_station	-33.8832	151.2065	Sydney, Australia
Circular Quay	train_station	-33.8613	151.2109	Sydney, Australia
Taronga Zoo	zoo	-33.8433	151.2411	Sydney, Australia
Luna Park Sydney	amusement_park	-33.8477	151.2099	Sydney, Australia
Bondi Beach	natural_feature	-33.8908	151.2743	Sydney, Australia
Manly Beach	natural_feature	-33.7971	151.2880	Sydney, Australia
The University of Sydney	university	-33.8886	151.1873	Sydney, Australia
UNSW Sydney	university	-33.9173	151.2313	Sydney, Australia
Macquarie University	university	-33.7738	151.1130	Sydney, Australia
Royal Prince Alfred Hospital	hospital	-33.8891	151.1830	Sydney, Australia
Sydney Cricket Ground	stadium	-33.8917	151.2247	Sydney, Australia
Sydney Football Stadium	stadium	-33.8891	151.2254	Sydney, Australia
Centennial Park	park	-33.8970	151.2330	Sydney, Australia
Hyde Park	park	-33.8735	151.2113	Sydney, Australia
The Rocks	neighborhood	-33.8592	151.2081	Sydney, Australia
Sydney Airport	airport	-33.9399	151.1753	Sydney, Australia
Sydney	locality	-33.8688	151.2093	Sydney, Australia
Three Sisters	natural_feature	-33.7322	150.3120	Katoomba, Australia
Zócalo	tourist_attraction	19.4326	-99.1332	Mexico City, Mexico
Catedral Metropolitana	church	19.4344	-99.1331	Mexico City, Mexico
Templo Mayor	museum	19.4350	-99.1314	Mexico City, Mexico
Palacio Nacional	tourist_attraction	19.4324	-99.1312	Mexico City, Mexico
Palacio de Bellas Artes	museum	19.4352	-99.1412	Mexico City, Mexico
Torre Latinoamericana	tourist_attraction	19.4339	-99.1406	Mexico City, Mexico
Alameda Central	park	19.4358	-99.1440	Mexico City, Mexico
El Ángel de la Independencia	tourist_attraction	19.4270	-99.1677	Mexico City, Mexico
Castillo de Chapultepec	museum	19.4204	-99.1819	Mexico City, Mexico
Bosque de Chapultepec	park	19.4194	-99.1895	Mexico City, Mexico
Museo Nacional de Antropología	museum	19.4260	-99.1863	Mexico City, Mexico
Zoológico de Chapultepec	zoo	19.4234	-99.1891	Mexico City, Mexico
Museo Tamayo	museum	19.4259	-99.1817	Mexico City, Mexico
Museo de Arte Moderno	museum	19.4234	-99.1791	Mexico City, Mexico
Museo Soumaya	museum	19.4407	-99.2047	Mexico City, Mexico
Museo Frida Kahlo	museum	19.3550	-99.1625	Mexico City, Mexico
Basílica de Santa María de Guadalupe	church	19.4846	-99.1177	Mexico City, Mexico
Universidad Nacional Autónoma de México	university	19.3322	-99.1868	Mexico City, Mexico
Estadio Olímpico Universitario	stadium	19.3318	-99.1922	Mexico City, Mexico
Estadio Azteca	stadium	19.3029	-99.1505	Mexico City, Mexico
Autódromo Hermanos Rodríguez	stadium	19.4042	-99.0907	Mexico City, Mexico
Monumento a la Revolución	tourist_attraction	19.4362	-99.1547	Mexico City, Mexico
Biblioteca Vasconcelos	library	19.4469	-99.1515	Mexico City, Mexico
Plaza de las Tres Culturas	tourist_attraction	19.4510	-99.1375	Mexico City, Mexico
Coyoacán	neighborhood	19.3467	-99.1617	Mexico City, Mexico
Aeropuerto Internacional Benito Juárez	airport	19.4361	-99.0719	Mexico City, Mexico
Mexico City	locality	19.4285	-99.1277	Mexico City, Mexico
Pirámide del Sol	tourist_attraction	19.6925	-98.8438	San Juan Teotihuacán, Mexico
Pirámide de la Luna	tourist_attraction	19.6996	-98.8440	San Juan Teotihuacán, Mexico
Brandenburger Tor	tourist_attraction	52.5163	13.3777	Berlin, Germany
Reichstagsgebäude	tourist_attraction	52.5186	13.3762	Berlin, Germany
Alexanderplatz	tourist_attraction	52.5219	13.4132	Berlin, Germany
Berliner Fernsehturm	tourist_attraction	52.5208	13.4094	Berlin, Germany
Berliner Dom	church	52.5191	13.4010	Berlin, Germany
Pergamonmuseum	museum	52.5212	13.3969	Berlin, Germany
Neues Museum	museum	52.5203	13.3977	Berlin, Germany
Altes Museum	museum	52.5194	13.3985	Berlin, Germany
Bode-Museum	museum	52.5219	13.3947	Berlin, Germany
Humboldt Forum	museum	52.5175	13.4025	Berlin, Germany
Humboldt-Universität zu Berlin	university	52.5180	13.3935	Berlin, Germany
Technische Universität Berlin	university	52.5125	13.3269	Berlin, Germany
Checkpoint Charlie	tourist_attraction	52.5076	13.3904	Berlin, Germany
Denkmal für die ermordeten Juden Europas	tourist_attraction	52.5139	13.3787	Berlin, Germany
Jüdisches Museum Berlin	museum	52.5020	13.3953	Berlin, Germany
Neue Synagoge	synagogue	52.5248	13.3944	Berlin, Germany
Potsdamer Platz	tourist_attraction	52.5096	13.3759	Berlin, Germany
Berliner Philharmonie	tourist_attraction	52.5100	13.3699	Berlin, Germany
Neue Nationalgalerie	museum	52.5068	13.3675	Berlin, Germany
Siegessäule	tourist_attraction	52.5145	13.3501	Berlin, Germany
Kaiser-Wilhelm-Gedächtniskirche	church	52.5049	13.3350	Berlin, Germany
Zoologischer Garten Berlin	zoo	52.5081	13.3377	Berlin, Germany
KaDeWe	shopping_mall	52.5016	13.3411	Berlin, Germany
Schloss Charlottenburg	tourist_attraction	52.5209	13.2957	Berlin, Germany
Olympiastadion Berlin	stadium	52.5147	13.2395	Berlin, Germany
Berlin Hauptbahnhof	train_station	52.5251	13.3694	Berlin, Germany
East Side Gallery	tourist_attraction	52.5050	13.4397	Berlin, Germany
Tempelhofer Feld	park	52.4736	13.4018	Berlin, Germany
Gendarmenmarkt	tourist_attraction	52.5137	13.3927	Berlin, Germany
Flughafen Berlin Brandenburg	airport	52.3667	13.5033	Berlin, Germany
Berlin	locality	52.5200	13.4050	Berlin, Germany
Schloss Sanssouci	tourist_attraction	52.4042	13.0385	Potsdam, Germany
Ayasofya (Hagia Sophia)	mosque	41.0086	28.9802	Istanbul, Türkiye
Sultanahmet Camii (Blue Mosque)	mosque	41.0054	28.9768	Istanbul, Türkiye
Topkapı Sarayı	museum	41.0115	28.9834	Istanbul, Türkiye
Yerebatan Sarnıcı (Basilica Cistern)	tourist_attraction	41.0084	28.9779	Istanbul, Türkiye
Sultanahmet Meydanı (Hippodrome)	tourist_attraction	41.0063	28.9755	Istanbul, Türkiye
İstanbul Arkeoloji Müzeleri	museum	41.0117	28.9813	Istanbul, Türkiye
Kapalıçarşı (Grand Bazaar)	tourist_attraction	41.0107	28.9681	Istanbul, Türkiye
Mısır Çarşısı (Spice Bazaar)	tourist_attraction	41.0165	28.9706	Istanbul, Türkiye
Süleymaniye Camii	mosque	41.0162	28.9640	Istanbul, Türkiye
Fatih Camii	mosque	41.0197	28.9497	Istanbul, Türkiye
Eyüp Sultan Camii	mosque	41.0479	28.9338	Istanbul, Türkiye
Kariye Camii (Chora Church)	mosque	41.0312	28.9390	Istanbul, Türkiye
Galata Kulesi	tourist_attraction	41.0256	28.9742	Istanbul, Türkiye
Taksim Meydanı	tourist_attraction	41.0370	28.9850	Istanbul, Türkiye
Dolmabahçe Sarayı	museum	41.0391	29.0005	Istanbul, Türkiye
Kız Kulesi (Maiden's Tower)	tourist_attraction	41.0211	29.0041	Istanbul, Türkiye
Ortaköy Camii	mosque	41.0473	29.0269	Istanbul, Türkiye
15 Temmuz Şehitler Köprüsü (Bosphorus Bridge)	route	41.0455	29.0343	Istanbul, Türkiye
Beylerbeyi Sarayı	museum	41.0427	29.0400	Istanbul, Türkiye
Rumeli Hisarı	museum	41.0849	29.0563	Istanbul, Türkiye
Sirkeci Garı	train_station	41.0150	28.9772	Istanbul, Türkiye
Haydarpaşa Garı	train_station	40.9966	29.0191	Istanbul, Türkiye
İstanbul Üniversitesi	university	41.0130	28.9637	Istanbul, Türkiye
Boğaziçi Üniversitesi	university	41.0840	29.0510	Istanbul, Türkiye
Şükrü Saracoğlu Stadyumu	stadium	40.9876	29.0369	Istanbul, Türkiye
Rams Park	stadium	41.1034	28.9910	Istanbul, Türkiye
Çamlıca Camii	mosque	41.0343	29.0705	Istanbul, Türkiye
İstanbul Havalimanı	airport	41.2753	28.7519	Istanbul, Türkiye
Sabiha Gökçen Havalimanı	airport	40.8986	29.3092	Istanbul, Türkiye
Istanbul	locality	41.0082	28.9784	Istanbul, Türkiye
Nairobi National Park	park	-1.3733	36.8580	Nairobi, Kenya
Nairobi National Museum	museum	-1.2741	36.8144	Nairobi, Kenya
Kenyatta International Convention Centre	point_of_interest	-1.2886	36.8231	Nairobi, Kenya
Uhuru Park	park	-1.2900	36.8172	Nairobi, Kenya
Karura Forest	park	-1.2422	36.8300	Nairobi, Kenya
University of Nairobi	university	-1.2797	36.8163	Nairobi, Kenya
Kenyatta University	university	-1.1805	36.9345	Nairobi, Kenya
Kenyatta National Hospital	hospital	-1.3010	36.8072	Nairobi, Kenya
Karen Blixen Museum	museum	-1.3517	36.7124	Nairobi, Kenya
Giraffe Centre	zoo	-1.3763	36.7445	Nairobi, Kenya
Bomas of Kenya	tourist_attraction	-1.3421	36.7690	Nairobi, Kenya
Moi International Sports Centre	stadium	-1.2291	36.8932	Nairobi, Kenya
Nyayo National Stadium	stadium	-1.3037	36.8243	Nairobi, Kenya
Jamia Mosque	mosque	-1.2836	36.8205	Nairobi, Kenya
McMillan Memorial Library	library	-1.2850	36.8214	Nairobi, Kenya
Nairobi Railway Station	train_station	-1.2907	36.8284	Nairobi, Kenya
Westgate Shopping Mall	shopping_mall	-1.2570	36.8032	Nairobi, Kenya
The Village Market	shopping_mall	-1.2297	36.8045	Nairobi, Kenya
United Nations Office at Nairobi	point_of_interest	-1.2338	36.8165	Nairobi, Kenya
Kibera	neighborhood	-1.3119	36.7892	Nairobi, Kenya
Wilson Airport	airport	-1.3217	36.8148	Nairobi, Kenya
Jomo Kenyatta International Airport	airport	-1.3192	36.9278	Nairobi, Kenya
Nairobi	locality	-1.2864	36.8172	Nairobi, Kenya
Marina Bay Sands	lodging	1.2834	103.8607	Singapore, Singapore
Merlion Park	tourist_attraction	1.2868	103.8545	Singapore, Singapore
Gardens by the Bay	park	1.2816	103.8636	Singapore, Singapore
Singapore Flyer	tourist_attraction	1.2893	103.8631	Singapore, Singapore
ArtScience Museum	museum	1.2863	103.8593	Singapore, Singapore
National Gallery Singapore	museum	1.2903	103.8515	Singapore, Singapore
National Museum of Singapore	museum	1.2967	103.8485	Singapore, Singapore
Asian Civilisations Museum	museum	1.2875	103.8514	Singapore, Singapore
Raffles Hotel	lodging	1.2949	103.8545	Singapore, Singapore
St Andrew's Cathedral	church	1.2924	103.8523	Singapore, Singapore
Fort Canning Park	park	1.2944	103.8460	Singapore, Singapore
Buddha Tooth Relic Temple	place_of_worship	1.2816	103.8443	Singapore, Singapore
Sri Mariamman Temple	hindu_temple	1.2826	103.8453	Singapore, Singapore
Thian Hock Keng Temple	place_of_worship	1.2810	103.8476	Singapore, Singapore
Sultan Mosque	mosque	1.3022	103.8590	Singapore, Singapore
Sri Veeramakaliamman Temple	hindu_temple	1.3076	103.8521	Singapore, Singapore
Singapore Botanic Gardens	park	1.3138	103.8159	Singapore, Singapore
Clarke Quay	tourist_attraction	1.2906	103.8465	Singapore, Singapore
Singapore General Hospital	hospital	1.2796	103.8358	Singapore, Singapore
Singapore Zoo	zoo	1.4043	103.7930	Singapore, Singapore
Sentosa	natural_feature	1.2494	103.8303	Singapore, Singapore
Universal Studios Singapore	amusement_park	1.2540	103.8238	Singapore, Singapore
National University of Singapore	university	1.2966	103.7764	Singapore, Singapore
Nanyang Technological University	university	1.3483	103.6831	Singapore, Singapore
National Stadium	stadium	1.3044	103.8743	Singapore, Singapore
Bukit Timah Hill	natural_feature	1.3547	103.7764	Singapore, Singapore
Changi Airport	airport	1.3644	103.9915	Singapore, Singapore
Singapore	locality	1.2897	103.8501	Singapore, Singapore
Obelisco	tourist_attraction	-34.6037	-58.3816	Buenos Aires, Argentina
Casa Rosada	local_government_office	-34.6081	-58.3703	Buenos Aires, Argentina
Plaza de Mayo	park	-34.6084	-58.3722	Buenos Aires, Argentina
Catedral Metropolitana	church	-34.6075	-58.3733	Buenos Aires, Argentina
Teatro Colón	tourist_attraction	-34.6011	-58.3831	Buenos Aires, Argentina
Congreso de la Nación Argentina	local_government_office	-34.6098	-58.3925	Buenos Aires, Argentina
Palacio Barolo	tourist_attraction	-34.6096	-58.3858	Buenos Aires, Argentina
Café Tortoni	cafe	-34.6088	-58.3788	Buenos Aires, Argentina
Cementerio de la Recoleta	cemetery	-34.5875	-58.3930	Buenos Aires, Argentina
Museo Nacional de Bellas Artes	museum	-34.5840	-58.3930	Buenos Aires, Argentina
Floralis Genérica	tourist_attraction	-34.5816	-58.3939	Buenos Aires, Argentina
MALBA	museum	-34.5772	-58.4034	Buenos Aires, Argentina
Biblioteca Nacional Mariano Moreno	library	-34.5843	-58.3980	Buenos Aires, Argentina
Facultad de Derecho, Universidad de Buenos Aires	university	-34.5832	-58.3918	Buenos Aires, Argentina
El Ateneo Grand Splendid	book_store	-34.5960	-58.3942	Buenos Aires, Argentina
Parque Tres de Febrero	park	-34.5717	-58.4172	Buenos Aires, Argentina
Jardín Japonés	park	-34.5762	-58.4097	Buenos Aires, Argentina
La Bombonera	stadium	-34.6356	-58.3648	Buenos Aires, Argentina
Estadio Monumental	stadium	-34.5453	-58.4498	Buenos Aires, Argentina
Caminito	tourist_attraction	-34.6394	-58.3628	Buenos Aires, Argentina
Puente de la Mujer	tourist_attraction	-34.6080	-58.3650	Buenos Aires, Argentina
Reserva Ecológica Costanera Sur	park	-34.6090	-58.3500	Buenos Aires, Argentina
Galerías Pacífico	shopping_mall	-34.5993	-58.3748	Buenos Aires, Argentina
Estación Retiro	train_station	-34.5912	-58.3745	Buenos Aires, Argentina
Estación Constitución	train_station	-34.6277	-58.3810	Buenos Aires, Argentina
Aeroparque Jorge Newbery	airport	-34.5592	-58.4156	Buenos Aires, Argentina
Buenos Aires	locality	-34.6132	-58.3772	Buenos Aires, Argentina
Aeropuerto Internacional Ministro Pistarini	airport	-34.8222	-58.5358	Ezeiza, Argentina
Golden Gate Bridge	tourist_attraction	37.8199	-122.4783	San Francisco, United States
Alcatraz Island	tourist_attraction	37.8267	-122.4230	San Francisco, United States
Ferry Building	tourist_attraction	37.7955	-122.3937	San Francisco, United States
Coit Tower	tourist_attraction	37.8024	-122.4058	San Francisco, United States
Golden Gate Park	park	37.7694	-122.4862	San Francisco, United States
San Francisco Museum of Modern Art	museum	37.7857	-122.4011	San Francisco, United States
Oracle Park	stadium	37.7786	-122.3893	San Francisco, United States
San Francisco International Airport	airport	37.6213	-122.3790	San Francisco, United States
San Francisco	locality	37.7749	-122.4194	San Francisco, United States
University of California, Berkeley	university	37.8719	-122.2585	Berkeley, United States
Stanford University	university	37.4275	-122.1697	Stanford, United States
San Diego Zoo	zoo	32.7353	-117.1490	San Diego, United States
University of California, San Diego	university	32.8801	-117.2340	San Diego, United States
Bellagio	casino	36.1126	-115.1767	Las Vegas, United States
Space Needle	tourist_attraction	47.6205	-122.3493	Seattle, United States
Pike Place Market	tourist_attraction	47.6097	-122.3422	Seattle, United States
University of Washington	university	47.6553	-122.3035	Seattle, United States
Art Institute of Chicago	museum	41.8796	-87.6237	Chicago, United States
Willis Tower	tourist_attraction	41.8789	-87.6359	Chicago, United States
Cloud Gate	tourist_attraction	41.8827	-87.6233	Chicago, United States
Field Museum	museum	41.8663	-87.6170	Chicago, United States
Wrigley Field	stadium	41.9484	-87.6553	Chicago, United States
University of Chicago	university	41.7886	-87.5987	Chicago, United States
O'Hare International Airport	airport	41.9742	-87.9073	Chicago, United States
Chicago	locality	41.8781	-87.6298	Chicago, United States
White House	local_government_office	38.8977	-77.0365	Washington, United States
United States Capitol	local_government_office	38.8899	-77.0091	Washington, United States
Lincoln Memorial	tourist_attraction	38.8893	-77.0502	Washington, United States
Washington Monument	tourist_attraction	38.8895	-77.0353	Washington, United States
Library of Congress	library	38.8887	-77.0047	Washington, United States
National Air and Space Museum	museum	38.8882	-77.0199	Washington, United States
Harvard University	university	42.3770	-71.1167	Cambridge, United States
Massachusetts Institute of Technology	university	42.3601	-71.0942	Cambridge, United States
Fenway Park	stadium	42.3467	-71.0972	Boston, United States
Logan International Airport	airport	42.3656	-71.0096	Boston, United States
Princeton University	university	40.3431	-74.6551	Princeton, United States
Yale University	university	41.3163	-72.9223	New Haven, United States
Independence Hall	museum	39.9489	-75.1500	Philadelphia, United States
Hartsfield–Jackson Atlanta International Airport	airport	33.6407	-84.4277	Atlanta, United States
Kennedy Space Center	tourist_attraction	28.5729	-80.6490	Cape Canaveral, United States
USS Arizona Memorial	museum	21.3650	-157.9500	Honolulu, United States
Diamond Head	natural_feature	21.2620	-157.8060	Honolulu, United States
Honolulu	locality	21.3069	-157.8583	Honolulu, United States
Mauna Kea	natural_feature	19.8207	-155.4681	Hilo, United States
Anchorage	locality	61.2181	-149.9003	Anchorage, United States
Denali	natural_feature	63.0692	-151.0070	Denali National Park, United States
Old Faithful	natural_feature	44.4605	-110.8281	Yellowstone National Park, United States
Half Dome	natural_feature	37.7459	-119.5332	Yosemite Valley, United States
Grand Canyon Village	locality	36.0544	-112.1401	Grand Canyon Village, United States
Mount Rushmore National Memorial	tourist_attraction	43.8791	-103.4591	Keystone, United States
CN Tower	tourist_attraction	43.6426	-79.3871	Toronto, Canada
Royal Ontario Museum	museum	43.6677	-79.3948	Toronto, Canada
University of Toronto	university	43.6629	-79.3957	Toronto, Canada
Toronto Union Station	train_station	43.6453	-79.3806	Toronto, Canada
Toronto Pearson International Airport	airport	43.6777	-79.6248	Toronto, Canada
Toronto	locality	43.6532	-79.3832	Toronto, Canada
Horseshoe Falls	natural_feature	43.0773	-79.0756	Niagara Falls, Canada
Basilique Notre-Dame de Montréal	church	45.5045	-73.5561	Montréal, Canada
Stanley Park	park	49.3017	-123.1417	Vancouver, Canada
University of British Columbia	university	49.2606	-123.2460	Vancouver, Canada
Parliament Hill	local_government_office	45.4247	-75.6998	Ottawa, Canada
Alert	locality	82.5018	-62.3481	Alert, Canada
Nuuk	locality	64.1814	-51.6941	Nuuk, Greenland
Hallgrímskirkja	church	64.1417	-21.9266	Reykjavík, Iceland
Reykjavík	locality	64.1466	-21.9426	Reykjavík, Iceland
Chichén Itzá	tourist_attraction	20.6843	-88.5678	Pisté, Mexico
El Capitolio	tourist_attraction	23.1353	-82.3595	La Habana, Cuba
Esclusas de Miraflores	tourist_attraction	8.9966	-79.5914	Panamá, Panama
Cristo Redentor	tourist_attraction	-22.9519	-43.2105	Rio de Janeiro, Brazil
Pão de Açúcar	natural_feature	-22.9492	-43.1545	Rio de Janeiro, Brazil
Estádio do Maracanã	stadium	-22.9121	-43.2302	Rio de Janeiro, Brazil
Praia de Copacabana	natural_feature	-22.9711	-43.1822	Rio de Janeiro, Brazil
Rio de Janeiro	locality	-22.9068	-43.1729	Rio de Janeiro, Brazil
Congresso Nacional	local_government_office	-15.7997	-47.8641	Brasília, Brazil
Teatro Amazonas	tourist_attraction	-3.1303	-60.0233	Manaus, Brazil
Cataratas do Iguaçu	natural_feature	-25.6953	-54.4367	Foz do Iguaçu, Brazil
Catedral de Lima	church	-12.0467	-77.0301	Lima, Peru
Machu Picchu	tourist_attraction	-13.1631	-72.5450	Machu Picchu, Peru
Cusco	locality	-13.5320	-71.9675	Cusco, Peru
Monserrate	tourist_attraction	4.6058	-74.0557	Bogotá, Colombia
Basílica del Voto Nacional	church	-0.2149	-78.5072	Quito, Ecuador
Salto Ángel	natural_feature	5.9675	-62.5356	Canaima, Venezuela
Palacio de La Moneda	local_government_office	-33.4430	-70.6539	Santiago, Chile
Santiago	locality	-33.4489	-70.6693	Santiago, Chile
Ahu Tongariki	tourist_attraction	-27.1258	-109.2769	Hanga Roa, Chile
Aconcagua	natural_feature	-32.6532	-70.0109	Mendoza, Argentina
Ushuaia	locality	-54.8019	-68.3030	Ushuaia, Argentina
La Paz	locality	-16.5000	-68.1500	La Paz, Bolivia
Stanley	locality	-51.6938	-57.8569	Stanley, Falkland Islands
University of Oxford	university	51.7548	-1.2544	Oxford, United Kingdom
King's College Chapel	church	52.2048	0.1166	Cambridge, United Kingdom
University of Cambridge	university	52.2053	0.1133	Cambridge, United Kingdom
Stonehenge	tourist_attraction	51.1789	-1.8262	Amesbury, United Kingdom
Edinburgh Castle	tourist_attraction	55.9486	-3.1999	Edinburgh, United Kingdom
Arthur's Seat	natural_feature	55.9441	-3.1618	Edinburgh, United Kingdom
Old Trafford	stadium	53.4631	-2.2913	Manchester, United Kingdom
Trinity College Dublin	university	53.3438	-6.2546	Dublin, Ireland
Guinness Storehouse	tourist_attraction	53.3419	-6.2867	Dublin, Ireland
Rijksmuseum	museum	52.3600	4.8852	Amsterdam, Netherlands
Van Gogh Museum	museum	52.3584	4.8811	Amsterdam, Netherlands
Anne Frank Huis	museum	52.3752	4.8840	Amsterdam, Netherlands
Amsterdam Centraal	train_station	52.3791	4.9003	Amsterdam, Netherlands
Amsterdam Airport Schiphol	airport	52.3105	4.7683	Amsterdam, Netherlands
Atomium	tourist_attraction	50.8949	4.3415	Brussels, Belgium
Grand-Place	tourist_attraction	50.8467	4.3525	Brussels, Belgium
Kölner Dom	church	50.9413	6.9583	Köln, Germany
Marienplatz	tourist_attraction	48.1374	11.5755	München, Germany
Allianz Arena	stadium	48.2188	11.6247	München, Germany
Schloss Neuschwanstein	tourist_attraction	47.5576	10.7498	Schwangau, Germany
Flughafen Frankfurt	airport	50.0379	8.5622	Frankfurt am Main, Germany
ETH Zürich	university	47.3763	8.5480	Zürich, Switzerland
CERN	point_of_interest	46.2330	6.0557	Meyrin, Switzerland
Matterhorn	natural_feature	45.9763	7.6586	Zermatt, Switzerland
Mont Blanc	natural_feature	45.8327	6.8652	Chamonix, France
Abbaye du Mont-Saint-Michel	church	48.6360	-1.5114	Le Mont-Saint-Michel, France
Stephansdom	church	48.2085	16.3731	Wien, Austria
Schloss Schönbrunn	tourist_attraction	48.1849	16.3122	Wien, Austria
Wiener Staatsoper	tourist_attraction	48.2030	16.3691	Wien, Austria
Pražský hrad	tourist_attraction	50.0909	14.4005	Prague, Czechia
Karlův most	tourist_attraction	50.0865	14.4114	Prague, Czechia
Országház	local_government_office	47.5071	19.0457	Budapest, Hungary
Széchenyi gyógyfürdő	spa	47.5187	19.0823	Budapest, Hungary
Pałac Kultury i Nauki	tourist_attraction	52.2318	21.0060	Warsaw, Poland
Auschwitz-Birkenau Memorial and Museum	museum	50.0266	19.2036	Oświęcim, Poland
Софійський собор (Saint Sophia Cathedral)	church	50.4529	30.5143	Kyiv, Ukraine
Московский Кремль (Kremlin)	tourist_attraction	55.7520	37.6175	Moscow, Russia
Красная площадь (Red Square)	tourist_attraction	55.7539	37.6208	Moscow, Russia
Большой театр (Bolshoi Theatre)	tourist_attraction	55.7601	37.6186	Moscow, Russia
МГУ (Moscow State University)	university	55.7030	37.5306	Moscow, Russia
Moscow	locality	55.7558	37.6173	Moscow, Russia
Эрмитаж (Hermitage)	museum	59.9398	30.3146	Saint Petersburg, Russia
Исаакиевский собор (Saint Isaac's Cathedral)	church	59.9341	30.3062	Saint Petersburg, Russia
Анадырь (Anadyr)	locality	64.7337	177.4968	Anadyr, Russia
Helsingin tuomiokirkko	church	60.1704	24.9522	Helsinki, Finland
Vasamuseet	museum	59.3280	18.0914	Stockholm, Sweden
Kungliga slottet	tourist_attraction	59.3268	18.0717	Stockholm, Sweden
Operahuset	tourist_attraction	59.9074	10.7531	Oslo, Norway
Longyearbyen	locality	78.2232	15.6267	Longyearbyen, Norway
Tivoli	amusement_park	55.6737	12.5681	Copenhagen, Denmark
Den lille havfrue	tourist_attraction	55.6929	12.5993	Copenhagen, Denmark
Museo Nacional del Prado	museum	40.4138	-3.6921	Madrid, Spain
Palacio Real de Madrid	tourist_attraction	40.4180	-3.7143	Madrid, Spain
Estadio Santiago Bernabéu	stadium	40.4531	-3.6883	Madrid, Spain
Aeropuerto Adolfo Suárez Madrid-Barajas	airport	40.4983	-3.5676	Madrid, Spain
Basílica de la Sagrada Família	church	41.4036	2.1744	Barcelona, Spain
Park Güell	park	41.4145	2.1527	Barcelona, Spain
Camp Nou	stadium	41.3809	2.1228	Barcelona, Spain
La Alhambra	tourist_attraction	37.1761	-3.5881	Granada, Spain
Torre de Belém	tourist_attraction	38.6916	-9.2160	Lisbon, Portugal
Mosteiro dos Jerónimos	church	38.6979	-9.2061	Lisbon, Portugal
Colosseo	tourist_attraction	41.8902	12.4922	Rome, Italy
Pantheon	church	41.8986	12.4769	Rome, Italy
Fontana di Trevi	tourist_attraction	41.9009	12.4833	Rome, Italy
Roma Termini	train_station	41.9010	12.5018	Rome, Italy
Aeroporto di Roma-Fiumicino	airport	41.8003	12.2389	Rome, Italy
Rome	locality	41.9028	12.4964	Rome, Italy
Basilica di San Pietro	church	41.9022	12.4539	Vatican City, Vatican City
Musei Vaticani	museum	41.9065	12.4536	Vatican City, Vatican City
Galleria degli Uffizi	museum	43.7678	11.2553	Florence, Italy
Cattedrale di Santa Maria del Fiore	church	43.7731	11.2560	Florence, Italy
Torre di Pisa	tourist_attraction	43.7230	10.3966	Pisa, Italy
Basilica di San Marco	church	45.4346	12.3397	Venice, Italy
Ponte di Rialto	tourist_attraction	45.4380	12.3359	Venice, Italy
Duomo di Milano	church	45.4642	9.1916	Milan, Italy
Stadio Giuseppe Meazza	stadium	45.4781	9.1240	Milan, Italy
Scavi di Pompei	tourist_attraction	40.7497	14.4869	Pompei, Italy
Vesuvio	natural_feature	40.8210	14.4260	Pompei, Italy
Etna	natural_feature	37.7510	14.9934	Catania, Italy
Παρθενώνας (Parthenon)	tourist_attraction	37.9715	23.7267	Athens, Greece
Μουσείο Ακρόπολης (Acropolis Museum)	museum	37.9685	23.7285	Athens, Greece
Athens	locality	37.9838	23.7275	Athens, Greece
Göreme	locality	38.6431	34.8289	Nevşehir, Türkiye
Эльбрус (Elbrus)	natural_feature	43.3499	42.4453	Terskol, Russia
Western Wall	place_of_worship	31.7767	35.2345	Jerusalem
Dome of the Rock	mosque	31.7780	35.2354	Jerusalem
Church of the Holy Sepulchre	church	31.7785	35.2296	Jerusalem
Al-Khazneh	tourist_attraction	30.3222	35.4517	Petra, Jordan
المسجد الحرام (Great Mosque of Mecca)	mosque	21.4225	39.8262	Mecca, Saudi Arabia
المسجد النبوي (Prophet's Mosque)	mosque	24.4672	39.6111	Medina, Saudi Arabia
Burj Khalifa	tourist_attraction	25.1972	55.2744	Dubai, United Arab Emirates
Burj Al Arab	lodging	25.1412	55.1853	Dubai, United Arab Emirates
Dubai International Airport	airport	25.2532	55.3657	Dubai, United Arab Emirates
Sheikh Zayed Grand Mosque	mosque	24.4128	54.4750	Abu Dhabi, United Arab Emirates
برج آزادی (Azadi Tower)	tourist_attraction	35.6997	51.3381	Tehran, Iran
میدان نقش جهان (Naqsh-e Jahan Square)	tourist_attraction	32.6577	51.6777	Isfahan, Iran
Registon	tourist_attraction	39.6547	66.9758	Samarkand, Uzbekistan
Badshahi Mosque	mosque	31.5881	74.3107	Lahore, Pakistan
K2	natural_feature	35.8825	76.5133	Skardu, Pakistan
Red Fort	tourist_attraction	28.6562	77.2410	Delhi, India
India Gate	tourist_attraction	28.6129	77.2295	Delhi, India
Qutb Minar	tourist_attraction	28.5245	77.1855	Delhi, India
Lotus Temple	place_of_worship	28.5535	77.2588	Delhi, India
Indira Gandhi International Airport	airport	28.5562	77.1000	Delhi, India
Taj Mahal	tourist_attraction	27.1751	78.0421	Agra, India
Harmandir Sahib (Golden Temple)	place_of_worship	31.6200	74.8765	Amritsar, India
Victoria Memorial	museum	22.5448	88.3426	Kolkata, India
Howrah Junction	train_station	22.5839	88.3428	Kolkata, India
Indian Institute of Science	university	13.0219	77.5671	Bengaluru, India
Boudhanath	place_of_worship	27.7215	85.3620	Kathmandu, Nepal
Mount Everest	natural_feature	27.9881	86.9250	Namche Bazaar, Nepal
Potala Palace	tourist_attraction	29.6558	91.1170	Lhasa, China
秦始皇兵马俑博物馆 (Terracotta Army)	museum	34.3841	109.2785	Xi'an, China
Victoria Peak	natural_feature	22.2759	114.1455	Hong Kong, China
Hong Kong International Airport	airport	22.3080	113.9185	Hong Kong, China
The University of Hong Kong	university	22.2830	114.1371	Hong Kong, China
臺北101 (Taipei 101)	shopping_mall	25.0336	121.5646	Taipei, Taiwan
國立故宮博物院 (National Palace Museum)	museum	25.1024	121.5485	Taipei, Taiwan
경복궁 (Gyeongbokgung)	tourist_attraction	37.5796	126.9770	Seoul, South Korea
서울대학교 (Seoul National University)	university	37.4602	126.9520	Seoul, South Korea
인천국제공항 (Incheon International Airport)	airport	37.4602	126.4407	Incheon, South Korea
清水寺 (Kiyomizu-dera)	place_of_worship	34.9949	135.7850	Kyoto, Japan
金閣寺 (Kinkaku-ji)	place_of_worship	35.0394	135.7292	Kyoto, Japan
伏見稲荷大社 (Fushimi Inari Taisha)	place_of_worship	34.9671	135.7727	Kyoto, Japan
大阪城 (Osaka Castle)	tourist_attraction	34.6873	135.5262	Osaka, Japan
原爆ドーム (Atomic Bomb Dome)	tourist_attraction	34.3955	132.4536	Hiroshima, Japan
富士山 (Mount Fuji)	natural_feature	35.3606	138.7274	Fujinomiya, Japan
พระบรมมหาราชวัง (Grand Palace)	tourist_attraction	13.7500	100.4913	Bangkok, Thailand
วัดอรุณ (Wat Arun)	place_of_worship	13.7437	100.4889	Bangkok, Thailand
Suvarnabhumi Airport	airport	13.6900	100.7501	Bangkok, Thailand
Angkor Wat	tourist_attraction	13.4125	103.8670	Siem Reap, Cambodia
Lăng Chủ tịch Hồ Chí Minh	tourist_attraction	21.0368	105.8346	Hanoi, Vietnam
Petronas Twin Towers	tourist_attraction	3.1579	101.7116	Kuala Lumpur, Malaysia
Monumen Nasional	tourist_attraction	-6.1754	106.8272	Jakarta, Indonesia
Masjid Istiqlal	mosque	-6.1702	106.8314	Jakarta, Indonesia
Candi Borobudur	tourist_attraction	-7.6079	110.2038	Magelang, Indonesia
Jemaa el-Fnaa	tourist_attraction	31.6258	-7.9891	Marrakesh, Morocco
Mosquée Hassan II	mosque	33.6084	-7.6327	Casablanca, Morocco
Karnak	tourist_attraction	25.7188	32.6573	Luxor, Egypt
Abu Simbel Temples	tourist_attraction	22.3372	31.6258	Abu Simbel, Egypt
Timbuktu	locality	16.7735	-3.0074	Timbuktu, Mali
Monument de la Renaissance africaine	tourist_attraction	14.7222	-17.4950	Dakar, Senegal
Kwame Nkrumah Memorial Park	park	5.5449	-0.2027	Accra, Ghana
Abuja National Mosque	mosque	9.0603	7.4897	Abuja, Nigeria
Addis Ababa Bole International Airport	airport	8.9779	38.7993	Addis Ababa, Ethiopia
Makerere University	university	0.3350	32.5680	Kampala, Uganda
Kilimanjaro	natural_feature	-3.0674	37.3556	Moshi, Tanzania
Dar es Salaam	locality	-6.7924	39.2083	Dar es Salaam, Tanzania
Victoria Falls	natural_feature	-17.9243	25.8572	Livingstone, Zambia
FNB Stadium	stadium	-26.2348	27.9827	Johannesburg, South Africa
O. R. Tambo International Airport	airport	-26.1367	28.2411	Johannesburg, South Africa
Table Mountain	natural_feature	-33.9628	18.4098	Cape Town, South Africa
Robben Island	museum	-33.8067	18.3662	Cape Town, South Africa
University of Cape Town	university	-33.9577	18.4612	Cape Town, South Africa
Cape of Good Hope	natural_feature	-34.3568	18.4740	Cape Town, South Africa
Cape Town	locality	-33.9249	18.4241	Cape Town, South Africa
Antananarivo	locality	-18.8792	47.5079	Antananarivo, Madagascar
Melbourne Cricket Ground	stadium	-37.8200	144.9834	Melbourne, Australia
Flinders Street Station	train_station	-37.8183	144.9671	Melbourne, Australia
The University of Melbourne	university	-37.7963	144.9614	Melbourne, Australia
Parliament House	local_government_office	-35.3082	149.1244	Canberra, Australia
Uluṟu	natural_feature	-25.3444	131.0369	Yulara, Australia
Sky Tower	tourist_attraction	-36.8485	174.7622	Auckland, New Zealand
Auckland War Memorial Museum	museum	-36.8604	174.7778	Auckland, New Zealand
Auckland Airport	airport	-37.0082	174.7850	Auckland, New Zealand
Te Papa Tongarewa	museum	-41.2905	174.7821	Wellington, New Zealand
Suva	locality	-18.1416	178.4419	Suva, Fiji
Nukuʻalofa	locality	-21.1394	-175.2049	Nukuʻalofa, Tonga
Apia	locality	-13.8333	-171.7667	Apia, Samoa
Amundsen–Scott South Pole Station	point_of_interest	-90	0	Antarctica
McMurdo Station	point_of_interest	-77.8460	166.6760	Antarctica
Mount Erebus	natural_feature	-77.5300	167.1700	Antarctica
Vostok Station	point_of_interest	-78.4645	106.8339	Antarctica
Concordia Station	point_of_interest	-75.1000	123.3333	Antarctica
Palmer Station	point_of_interest	-64.7742	-64.0531	Antarctica
Rothera Research Station	point_of_interest	-67.5675	-68.1267	Antarctica
Mawson Station	point_of_interest	-67.6027	62.8738	Antarctica
Davis Station	point_of_interest	-68.5766	77.9674	Antarctica
Port Lockroy	museum	-64.8253	-63.4942	Antarctica
Mount Vinson	natural_feature	-78.5254	-85.6172	Antarctica
`;
