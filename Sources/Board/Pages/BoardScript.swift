/// What pages do in a browser: they keep themselves new, and draw curves of what a run logs.
///
/// All that it shows goes through `textContent` and attributes of shapes, never through markup.
enum BoardScript {
    /// The one script.
    static let text = common + list + curves

    private static let common = #"""
        'use strict';
        const by=id=>document.getElementById(id);
        {const here=new URL(location);if(here.searchParams.has('token')){here.searchParams.delete('token');\#
        history.replaceState(null,'',here)}}
        const say=text=>{const word=by('word');word.textContent=text;word.hidden=!text};
        const silent='The board does not answer. It may have ended; this page shows what was known.';
        let isAsking=false,isStale=false;
        async function renew(){if(isAsking){isStale=true;return}isAsking=true;try{
        const answer=await fetch(location.href,{cache:'no-store',redirect:'error'});
        if(answer.status===404)say('This run is no longer there.');
        else if(answer.status===403)say('Another board runs here now. Open the address that it printed.');
        else if(!answer.ok)say('The folder of the runs cannot be read now.');
        else{say('');const page=new DOMParser().parseFromString(await answer.text(),'text/html');
        const old=by('live'),fresh=page.getElementById('live');
        if(old&&fresh&&old.innerHTML!==fresh.innerHTML){const held=document.activeElement;
        const path=old.contains(held)?held.getAttribute('href'):null;old.replaceWith(document.adoptNode(fresh));
        if(path)for(const a of by('live').querySelectorAll('a'))if(a.getAttribute('href')===path){a.focus();break}}}
        }catch{say(silent)}finally{isAsking=false;if(isStale){isStale=false;renew()}}}

        """#

    private static let list = #"""
        const every=Number(by('live')?.dataset.every);
        if(every){setInterval(()=>{if(!document.hidden)renew()},1000*every);
        addEventListener('visibilitychange',()=>{if(!document.hidden)renew()})}

        """#

    private static let curves = #"""
        const about=by('run')&&JSON.parse(by('run').textContent);
        if(about){
        const W=340,H=190,L=48,R=14,T=8,B=22,shown=600;
        const plots=new Map();let isDue=false;
        const short=v=>{const a=Math.abs(v);return v===0?'0':a>=1e6||a<1e-4?v.toExponential(2).replace('e+','e')
        :String(a>=1e4?Math.round(v):Number(v.toPrecision(4)))};
        const shape=(kind,set,text)=>{const e=document.createElementNS('http://www.w3.org/2000/svg',kind);
        for(const k in set)e.setAttribute(k,set[k]);if(text!==undefined)e.textContent=text;return e};
        const declared=(name,isJudged)=>{for(const m of about.metrics){if(m.evaluation!==isJudged)continue;
        if(m.key===name)return m;const stem=m.key.slice(0,-1);
        if(m.key.endsWith('*')&&name.startsWith(stem)&&name.length>stem.length)
        return{...m,title:m.title.replace('*',()=>name.slice(stem.length))}}
        const words=name.split('_').join(' ');return{title:words.charAt(0).toUpperCase()+words.slice(1),fromZero:false}};
        const letter=(to,title)=>{let rest=title;for(;;){const found=/([_^])\{([^}]*)\}/.exec(rest);
        to.append(found?rest.slice(0,found.index):rest);if(!found)return;
        const small=document.createElement(found[1]==='_'?'sub':'sup');small.textContent=found[2];to.append(small);
        rest=rest.slice(found.index+found[0].length)}};
        const section=stage=>{const all=by('curves');all.querySelector('.none')?.remove();
        for(const s of all.children)if(s.dataset.stage===stage)return s.lastElementChild;
        const s=document.createElement('section'),h=document.createElement('h3'),d=document.createElement('div');
        s.dataset.stage=stage;h.textContent=stage.charAt(0).toUpperCase()+stage.slice(1);d.className='plots';s.append(h,d);
        const last=all.lastElementChild;
        if(stage!=='evaluation'&&last?.dataset.stage==='evaluation')last.before(s);else all.append(s);return d};
        const plot=(stage,name)=>{const key=stage+'\n'+name;let p=plots.get(key);if(p)return p;
        const isJudged=stage==='evaluation',m=declared(name,isJudged);
        const f=document.createElement('figure'),c=document.createElement('figcaption'),b=document.createElement('b');
        const last=document.createElement('span'),svg=shape('svg',{viewBox:`0 0 ${W} ${H}`,role:'img'});
        letter(b,m.title);c.append(b,last);f.append(c,svg);if(isJudged)f.className='judged';f.dataset.metric=name;
        section(stage).append(f);
        p={points:[],svg,last,title:b.textContent,fromZero:m.fromZero,limit:about.limits[name],isNew:true,at:null};
        plots.set(key,p);
        svg.addEventListener('pointermove',e=>{const box=svg.getBoundingClientRect();
        p.at=(e.clientX-box.left)/box.width*W;p.isNew=true;due()});
        svg.addEventListener('pointerleave',()=>{p.at=null;p.isNew=true;due()});return p};
        const ticks=(low,high,count)=>{const raw=(high-low)/count,power=10**Math.floor(Math.log10(raw));
        const step=[1,2,5,10].map(f=>f*power).find(s=>s>=raw*.999);const all=[];
        const digits=Math.max(0,-Math.floor(Math.log10(step)+1e-9));
        const word=v=>Math.max(Math.abs(low),Math.abs(high))>=1e6||step<1e-5?v.toExponential(1).replace('e+','e'):v.toFixed(digits);
        for(let i=Math.ceil(low/step-1e-9);i*step<=high+step*1e-9;i++)all.push([i*step,word(i*step)]);return all};
        const thinned=points=>{if(points.length<=shown)return points;const size=Math.ceil(2*points.length/shown),few=[];
        for(let i=0;i<points.length;i+=size){const part=points.slice(i,i+size),gap=part.find(p=>p[1]===null);
        if(gap){few.push(gap);continue}let low=part[0],high=part[0];
        for(const q of part){if(q[1]<low[1])low=q;if(q[1]>high[1])high=q}
        few.push(...(low===high?[low]:low[0]<high[0]?[low,high]:[high,low]))}return few};
        const draw=p=>{const known=p.points.filter(q=>q[1]!==null),newest=p.points[p.points.length-1];
        const limit=typeof p.limit==='number'?p.limit:null;
        let low=Infinity,high=-Infinity;for(const q of known){if(q[1]<low)low=q[1];if(q[1]>high)high=q[1]}
        if(limit!==null){low=Math.min(low,limit);high=Math.max(high,limit)}
        if(p.fromZero)low=Math.min(0,low);
        if(low>high){low=0;high=1}if(low===high){const pad=Math.abs(low)/10||1;high+=pad;if(!(p.fromZero&&low===0))low-=pad}
        const room=(high-low)*.05;high+=room;if(!(p.fromZero&&low>=0&&low<=0))low-=room;
        const first=p.points[0][0],end=newest[0]>first?newest[0]:first+1;
        const x=s=>L+(s-first)/(end-first)*(W-L-R),y=v=>H-B-(v-low)/(high-low)*(H-B-T);
        const parts=[];
        for(const[v,word]of ticks(low,high,4)){parts.push(shape('line',{class:'grid',x1:L,x2:W-R,y1:y(v),y2:y(v)}),
        shape('text',{x:L-5,y:y(v)+4,'text-anchor':'end'},word))}
        let free=-1;for(const[s,word]of ticks(first,end,4)){const half=3.2*word.length;
        const at=Math.min(x(s),W-half);if(at-half<free)continue;free=at+half+6;
        parts.push(shape('text',{x:at,y:H-6,'text-anchor':'middle'},word))}
        let path='',isOn=false;const few=thinned(p.points);
        for(const q of few){if(q[1]===null){isOn=false;continue}
        path+=(isOn?'L':'M')+x(q[0]).toFixed(1)+' '+y(q[1]).toFixed(1);isOn=true}
        parts.push(shape('path',{class:'curve',d:path||'M0 0'}));
        if(known.length<=40)for(const q of known)parts.push(shape('circle',{class:'dot',cx:x(q[0]),cy:y(q[1]),r:2.4}));
        if(limit!==null){const at=y(limit);parts.push(shape('line',{class:'limit',x1:L,x2:W-R,y1:at,y2:at}),
        shape('text',{x:L+4,y:at<T+16?at+12:at-4},'limit '+short(limit)))}
        let told=newest,word='';
        if(p.at!==null){const s=first+(p.at-L)/(W-L-R)*(end-first);
        told=p.points.reduce((a,b)=>Math.abs(b[0]-s)<Math.abs(a[0]-s)?b:a);word='at '+told[0]+': ';
        parts.push(shape('line',{class:'here',x1:x(told[0]),x2:x(told[0]),y1:T,y2:H-B}))}
        const value=told[1]===null?'not finite':short(told[1]);p.last.textContent=word+value;
        p.svg.setAttribute('aria-label',`${p.title}: ${newest[1]===null?'not finite':short(newest[1])} after ${newest[0]} updates`);
        p.svg.replaceChildren(...parts);p.isNew=false};
        const due=()=>{if(isDue)return;isDue=true;requestAnimationFrame(()=>{isDue=false;
        for(const p of plots.values())if(p.isNew)draw(p)})};
        const add=text=>{let line;try{line=JSON.parse(text)}catch{return}
        if(typeof line.step!=='number'||typeof line.stage!=='string')return;
        for(const[name,value]of Object.entries(line)){if(name==='step'||name==='stage')continue;
        if(typeof value!=='number'&&value!==null)continue;
        const p=plot(line.stage,name);p.points.push([line.step,value]);p.isNew=true}due()};
        const clear=()=>{plots.clear();by('curves').replaceChildren()};
        let events=null,place=0,isGone=false;
        const listen=()=>{const own=events=new EventSource(about.events+(place?'?behind='+place:''));
        own.onopen=()=>{say('');renew()};
        own.onerror=()=>{say(silent);if(own.readyState===EventSource.CLOSED)renew()};
        own.addEventListener('metric',e=>{place=e.lastEventId;add(e.data)});
        own.addEventListener('restart',()=>{place=0;clear()});
        own.addEventListener('state',renew);
        own.addEventListener('gone',()=>{isGone=true;own.close();say('This run is no longer there.')})};
        addEventListener('visibilitychange',()=>{if(isGone)return;events.close();if(!document.hidden)listen()});
        listen();
        }
        """#
}
